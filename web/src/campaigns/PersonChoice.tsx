import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { usePeopleChoice } from '../profiles/queries.ts';
import { personName } from '../shared/personName.ts';

interface Props {
  label?: string;
  placeholder?: string;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

/** Chooses one person by searching for them. */
export function PersonChoice({
  label = 'Preview as',
  placeholder = 'A person of your choice',
  value,
  onChange,
}: Props) {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<{ value: string; label: string }>();
  // The name of the one chosen stands in the field; it is not a search.
  const [search] = useDebouncedValue(typed === chosen?.label ? '' : typed, 250);
  const people = usePeopleChoice(search);
  const found = (people.data?.items ?? []).map((person) => ({
    value: person.id,
    label: person.email ? `${personName(person)} (${person.email})` : personName(person),
  }));
  const current = found.find((one) => one.value === value);
  useEffect(() => {
    // Kept, because the next search may not find them.
    if (current) setChosen((old) => (old?.value === current.value ? old : current));
  }, [current]);
  const known = chosen && chosen.value === value ? chosen : { value: value ?? '', label: value ?? '' };
  const data = value !== undefined && !current ? [known, ...found] : found;
  return (
    <Select
      label={label}
      placeholder={placeholder}
      searchable
      clearable
      value={value ?? null}
      onChange={(id) => onChange(id ?? undefined)}
      searchValue={typed}
      onSearchChange={setTyped}
      data={data}
      // The server has searched already.
      filter={({ options }) => options}
      nothingFoundMessage="Nobody found"
    />
  );
}
