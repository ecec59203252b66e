import { NumberInput, TextInput } from '@mantine/core';
import type { Dimension, Operator } from '../question.ts';
import { FilterChoices } from './FilterChoices.tsx';

interface Props {
  dimension: Dimension;
  operator: Operator;
  values: string[];
  onChange: (values: string[]) => void;
  /** Whether the dimension is complete, so that its values can be asked for. */
  known: boolean;
}

/** The values of a filter: chosen from those there are where they are compared whole, else written. */
export function FilterValues({ dimension, operator, values, onChange, known }: Props) {
  const one = values[0] ?? '';
  if (operator === 'greater' || operator === 'less') {
    return (
      <NumberInput
        label="Number"
        value={one === '' ? '' : Number(one)}
        onChange={(value) => onChange(value === '' ? [] : [String(value)])}
      />
    );
  }
  if (operator === 'equals' || operator === 'not_equals') {
    return (
      <FilterChoices
        dimension={dimension}
        values={values}
        onChange={onChange}
        known={known}
        several={operator === 'equals'}
      />
    );
  }
  return (
    <TextInput
      label="Text"
      value={one}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? [] : [currentTarget.value])}
    />
  );
}
