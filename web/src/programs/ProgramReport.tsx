import { Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { amount, number } from '../shared/format.ts';
import { Panel } from '../shared/Panel.tsx';
import { type LocationFigures, useProgramReport } from './queries.ts';

const columns: Column<LocationFigures>[] = [
  { title: 'Location', render: ({ name }) => name },
  { title: 'People', right: true, render: ({ people }) => number(people) },
  { title: 'Lifetime value', right: true, from: 'sm', render: (one) => amount(one.lifetime_value) },
  { title: 'Orders', right: true, from: 'sm', render: ({ orders }) => number(orders) },
  { title: 'Revenue', right: true, render: ({ revenue }) => amount(revenue) },
];

/** The people of each location, most valuable first. */
export function ProgramReport({ program }: { program: string }) {
  const { data } = useProgramReport(program);
  if (!data || data.items.every(({ people }) => people === 0)) return null;
  const rows = data.items.toSorted((a, b) => b.revenue - a.revenue || b.people - a.people);
  return (
    <Panel title="By location" flush>
      <Text size="sm" c="dimmed" p="md">
        Orders and revenue are those of the last {data.days} days. Who is a customer of two locations counts
        at both.
      </Text>
      <DataTable
        label="Figures by location"
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        testId="location-figures"
      />
    </Panel>
  );
}
