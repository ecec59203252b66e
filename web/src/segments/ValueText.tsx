import { Autocomplete, TagsInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useFrequentValues, type ValueSource } from './queries.ts';

/** The texts of frequent values that contain what is typed. */
function useTexts(source: ValueSource, typed: string): string[] {
  const [search] = useDebouncedValue(typed, 200);
  const { data } = useFrequentValues(source, search);
  // A number and a text may read the same.
  return [...new Set((data?.items ?? []).map(({ value }) => String(value)))];
}

interface TextProps {
  label: string;
  source: ValueSource;
  value: string;
  onChange: (value: string) => void;
}

/** One text, with the frequent ones to choose from. */
export function ValueText({ label, source, value, onChange }: TextProps) {
  const [typed, setTyped] = useState('');
  return (
    <Autocomplete
      size="xs"
      miw={140}
      flex={1}
      maw={300}
      aria-label={label}
      placeholder="Value"
      data={useTexts(source, typed)}
      limit={30}
      value={value}
      onChange={(next) => {
        setTyped(next);
        onChange(next);
      }}
      // Opened again, it offers other values than the one chosen.
      onDropdownOpen={() => setTyped('')}
      filter={typed === '' ? ({ options }) => options : undefined}
    />
  );
}

interface ListProps {
  label: string;
  source: ValueSource;
  values: string[];
  onChange: (values: string[]) => void;
}

/** Several texts, with the frequent ones to choose from. */
export function ValueList({ label, source, values, onChange }: ListProps) {
  const [typed, setTyped] = useState('');
  return (
    <TagsInput
      size="xs"
      miw={200}
      flex={1}
      aria-label={label}
      placeholder="Values"
      data={useTexts(source, typed)}
      searchValue={typed}
      onSearchChange={setTyped}
      value={values}
      onChange={onChange}
    />
  );
}
