import { NumberInput, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useValues } from '../queries.ts';
import type { Dimension, Operator } from '../question.ts';
import { isCoded, valueLabel } from '../words/dimensions.ts';

interface Props {
  dimension: Dimension;
  operator: Operator;
  values: string[];
  onChange: (values: string[]) => void;
  /** Whether the dimension is complete, so that its values can be asked for. */
  known: boolean;
}

/** The values of a filter: those there are to choose from, or any other. */
export function FilterValues({ dimension, operator, values, onChange, known }: Props) {
  const one = values[0] ?? '';
  if (operator === 'greater' || operator === 'less') {
    return (
      <NumberInput
        label="Number"
        size="sm"
        value={one === '' ? '' : Number(one)}
        onChange={(value) => onChange(value === '' ? [] : [String(value)])}
      />
    );
  }
  if (operator !== 'equals' && operator !== 'not_equals') {
    return (
      <TextInput
        label="Text"
        size="sm"
        value={one}
        onChange={(event) => onChange(event.currentTarget.value === '' ? [] : [event.currentTarget.value])}
      />
    );
  }
  return (
    <Choices
      dimension={dimension}
      values={values}
      onChange={onChange}
      known={known}
      most={operator === 'equals' ? 50 : 1}
    />
  );
}

type ChoicesProps = Omit<Props, 'operator'> & { most: number };

function Choices({ dimension, values, onChange, known, most }: ChoicesProps) {
  const [typed, setTyped] = useState('');
  const [paused] = useDebouncedValue(typed.trim(), 250);
  const coded = isCoded(dimension);
  const there = useValues(dimension, coded ? '' : paused, known);
  // Names stand for codes: the country chosen is Germany, asked for is DE.
  const codes = new Map(
    [...(there.data?.items.map((row) => row.value) ?? []), ...values].map((value) => [
      valueLabel(dimension, value),
      value,
    ]),
  );
  return (
    <TagsInput
      label={most === 1 ? 'Value' : 'Values, any of them'}
      size="sm"
      data={[...codes.keys()]}
      value={values.map((value) => valueLabel(dimension, value))}
      onChange={(labels) => onChange(labels.map((label) => codes.get(label) ?? label))}
      searchValue={typed}
      onSearchChange={setTyped}
      maxTags={most}
      acceptValueOnBlur
      comboboxProps={{ withinPortal: false }}
      maxDropdownHeight={220}
      splitChars={[]}
    />
  );
}
