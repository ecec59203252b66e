import { Checkbox, ScrollArea, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type KeyboardEvent, useState } from 'react';
import { number } from '../../shared/format.ts';
import { useValues } from '../queries.ts';
import type { Dimension } from '../question.ts';
import { dimensionLabel, isCoded, valueLabel } from '../words/dimensions.ts';

interface Props {
  dimension: Dimension;
  values: string[];
  onChange: (values: string[]) => void;
  known: boolean;
  /** Whether more than one may be chosen. */
  several: boolean;
}

/** The values there are, the most frequent first, to tick; and whatever is typed. */
export function FilterChoices({ dimension, values, onChange, known, several }: Props) {
  const [typed, setTyped] = useState('');
  const text = typed.trim();
  const [paused] = useDebouncedValue(text, 250);
  // A text typed is no part of a code: those lists are short, and searched here by their names.
  const coded = isCoded(dimension);
  const there = useValues(dimension, coded ? '' : paused, known).data?.items ?? [];
  const found = there.filter(({ value }) =>
    valueLabel(dimension, value).toLowerCase().includes(text.toLowerCase()),
  );
  const counts = new Map(there.map(({ value, count }) => [value, count]));
  const other = text !== '' && !coded && !found.some(({ value }) => value === text) ? [text] : [];
  const shown = [...new Set([...values, ...found.map(({ value }) => value), ...other])];
  const toggle = (value: string) => {
    if (values.includes(value)) return onChange(values.filter((one) => one !== value));
    return onChange(several ? [...values, value] : [value]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || text === '') return;
    event.preventDefault();
    const first = found[0]?.value ?? other[0];
    if (first !== undefined && !values.includes(first)) toggle(first);
    setTyped('');
  };
  return (
    <Stack gap={6}>
      <TextInput
        label={several ? 'Any of' : 'Value'}
        placeholder="Search, or type a value"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <ScrollArea.Autosize mah={190} type="auto" offsetScrollbars>
        <Stack gap={6} role="group" aria-label={`Values of ${dimensionLabel(dimension).toLowerCase()}`}>
          {shown.map((value) => (
            <Checkbox
              key={value}
              size="xs"
              checked={values.includes(value)}
              onChange={() => toggle(value)}
              styles={{ label: { overflowWrap: 'anywhere' } }}
              label={
                <>
                  {valueLabel(dimension, value)}
                  {counts.has(value) && (
                    <Text span size="xs" c="dimmed" ml={6}>
                      {number(counts.get(value) ?? 0)}
                    </Text>
                  )}
                </>
              }
            />
          ))}
          {shown.length === 0 && (
            <Text size="xs" c="dimmed">
              No value in the last 30 days.
            </Text>
          )}
        </Stack>
      </ScrollArea.Autosize>
    </Stack>
  );
}
