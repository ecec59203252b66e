import { Select } from '@mantine/core';
import { type Kind, operatorsFor, operatorWords, withOperator } from './operators.ts';
import type { ValueSource } from './queries.ts';
import type { Comparison, Operator } from './rule.ts';
import { ValueFields } from './ValueFields.tsx';

interface Props {
  /** What is compared, for the names of the fields. */
  subject: string;
  kind: Kind | undefined;
  /** Whose values are suggested. */
  source: ValueSource;
  comparison: Comparison;
  onChange: (comparison: Comparison) => void;
}

/** An operator and the value it takes. */
export function ComparisonFields({ subject, kind, source, comparison, onChange }: Props) {
  const { operator, value } = comparison;
  return (
    <>
      <Select
        size="xs"
        w={142}
        aria-label={`Operator for ${subject}`}
        value={operator}
        allowDeselect={false}
        data={operatorsFor(kind, operator).map((one) => ({ value: one, label: operatorWords[one] ?? one }))}
        onChange={(next) => onChange(withOperator({ operator, value } as Comparison, next as Operator))}
      />
      <ValueFields
        subject={subject}
        kind={kind}
        source={source}
        operator={operator}
        value={value}
        onChange={(next) => onChange({ operator, value: next } as Comparison)}
      />
    </>
  );
}
