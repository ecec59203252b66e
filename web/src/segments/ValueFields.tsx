import { NumberInput, Select, Text } from '@mantine/core';
import { DurationFields } from './DurationFields.tsx';
import { type Kind, shapeOf } from './operators.ts';
import type { ValueSource } from './queries.ts';
import type { Duration, Operator } from './rule.ts';
import { TimeField } from './TimeField.tsx';
import { ValueList, ValueText } from './ValueText.tsx';

interface Props {
  subject: string;
  kind: Kind | undefined;
  source: ValueSource;
  operator: Operator;
  value: unknown;
  onChange: (value: unknown) => void;
}

const numeric: Operator[] = ['greater_than', 'at_least', 'less_than', 'at_most'];

/** The value an operator takes: none, one, two, several, an instant, or a length of time. */
export function ValueFields({ subject, kind, source, operator, value, onChange }: Props) {
  const label = `Value for ${subject}`;
  switch (shapeOf(operator)) {
    case 'none':
      return null;
    case 'time':
      return <TimeField label={label} value={String(value ?? '')} onChange={onChange} />;
    case 'duration':
      return <DurationFields label={label} value={value as Duration} onChange={onChange} />;
    case 'many':
      return (
        <ValueList
          label={label}
          source={source}
          values={(value as unknown[]).map(String)}
          onChange={(next) => onChange(kind === 'number' ? next.map(asNumber) : next)}
        />
      );
    case 'two': {
      const [from, to] = value as [unknown, unknown];
      const one = (part: unknown, name: string, put: (next: unknown) => void) =>
        kind === 'date' ? (
          <TimeField label={`${label}, ${name}`} value={String(part ?? '')} onChange={put} />
        ) : (
          <NumberField label={`${label}, ${name}`} value={part} onChange={put} />
        );
      return (
        <>
          {one(from, 'from', (next) => onChange([next, to]))}
          <Text size="sm">and</Text>
          {one(to, 'to', (next) => onChange([from, next]))}
        </>
      );
    }
    case 'one':
      break;
  }
  if (numeric.includes(operator) || (kind === 'number' && typeof value !== 'boolean'))
    return <NumberField label={label} value={value} onChange={onChange} />;
  if (kind === 'boolean' || typeof value === 'boolean')
    return (
      <Select
        size="xs"
        w={90}
        aria-label={label}
        value={value === '' ? null : String(value)}
        allowDeselect={false}
        data={[
          { value: 'true', label: 'yes' },
          { value: 'false', label: 'no' },
        ]}
        onChange={(next) => onChange(next === 'true')}
      />
    );
  return <ValueText label={label} source={source} value={String(value ?? '')} onChange={onChange} />;
}

const asNumber = (text: string) =>
  text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;

function NumberField(props: { label: string; value: unknown; onChange: (value: unknown) => void }) {
  return (
    <NumberInput
      size="xs"
      w={110}
      aria-label={props.label}
      placeholder="Number"
      value={props.value as number | string}
      onChange={props.onChange}
    />
  );
}
