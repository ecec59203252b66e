import { Card } from '@mantine/core';
import { IconLayoutGrid } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { count } from '../shared/format.ts';
import { Loaded } from '../shared/Loaded.tsx';
import { TextLink } from '../shared/links.tsx';
import { When } from '../shared/When.tsx';
import { NewDashboard } from './NewDashboard.tsx';
import { useDashboards } from './queries.ts';

type Listed = NonNullable<ReturnType<typeof useDashboards>['data']>['items'][number];

const columns: Column<Listed>[] = [
  {
    title: 'Name',
    render: ({ id, name }) => (
      <TextLink to="/dashboards/$id" params={{ id }} fw={550}>
        {name}
      </TextLink>
    ),
  },
  { title: 'Charts', right: true, render: ({ charts }) => count(charts, 'chart', 'charts') },
  { title: 'Made by', from: 'sm', render: ({ created_by }) => created_by.name },
  { title: 'Changed', from: 'sm', right: true, render: ({ updated_at }) => <When time={updated_at} /> },
];

/** The dashboards there are. */
export function DashboardList() {
  const dashboards = useDashboards();
  return (
    <Card bg="var(--surface)" padding={0}>
      <Loaded query={dashboards}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={IconLayoutGrid} title="No dashboards yet" action={<NewDashboard />}>
              A dashboard shows the charts you saved, side by side. Save any chart, list, funnel or retention
              in Analytics, and lay it out here.
            </EmptyState>
          ) : (
            <DataTable
              label="Dashboards"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              testId="dashboard-row"
            />
          )
        }
      </Loaded>
    </Card>
  );
}
