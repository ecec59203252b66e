import { Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useMayEdit } from '../connections/useMayEdit.ts';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { number } from '../shared/format.ts';
import { done, failed } from '../shared/notify.ts';
import { Panel } from '../shared/Panel.tsx';
import { type Program, type Spelling, useSpellingMeans, useUnknownSpellings } from './queries.ts';

/** What people have for their store location that means no location yet; each can be given its meaning here. */
export function UnknownSpellings({ program }: { program: Program }) {
  const unknown = useUnknownSpellings().data?.items ?? [];
  const may = useMayEdit();
  if (unknown.length === 0) return null;
  const columns: Column<Spelling>[] = [
    {
      title: 'Store location',
      render: ({ spelling }) => <span style={{ overflowWrap: 'anywhere' }}>{spelling}</span>,
    },
    { title: 'People', right: true, render: ({ people }) => number(people) },
    ...(may
      ? [
          {
            title: 'Means',
            right: true,
            render: ({ spelling }: Spelling) => <Meaning program={program} spelling={spelling} />,
          },
        ]
      : []),
  ];
  return (
    <Panel title="Spellings without a location" flush>
      <Text size="sm" c="dimmed" p="md">
        People have these for their store location, and belong to no location by it.
      </Text>
      <DataTable
        label="Spellings without a location"
        columns={columns}
        rows={unknown}
        rowKey={({ spelling }) => spelling}
        testId="spelling-row"
      />
    </Panel>
  );
}

const anew = 'new';

function Meaning({ program, spelling }: { program: Program; spelling: string }) {
  const means = useSpellingMeans(program);
  const [chosen, setChosen] = useState<string | null>(null);
  const choose = (value: string | null) => {
    setChosen(value);
    if (value === null) return;
    const location = program.locations.find(({ id }) => id === value);
    means.mutate(
      { spelling, location },
      {
        onSuccess: ({ name }) =>
          done(location ? `“${spelling}” means ${name} now.` : `${name} is a location now.`),
        onError: (error) => {
          setChosen(null);
          failed(error);
        },
      },
    );
  };
  return (
    <Select
      aria-label={`What ${spelling} means`}
      placeholder="Means…"
      searchable
      size="xs"
      w={{ base: 130, sm: 200 }}
      ml="auto"
      disabled={means.isPending}
      data={[
        { value: anew, label: 'A location of its own' },
        ...program.locations.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      value={chosen}
      onChange={choose}
    />
  );
}
