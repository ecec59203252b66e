import { Button, Card, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChartHistogram } from '@tabler/icons-react';
import { Confirm } from '../shared/Confirm.tsx';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { Loaded } from '../shared/Loaded.tsx';
import { ButtonLink } from '../shared/links.tsx';
import { done } from '../shared/notify.ts';
import { When } from '../shared/When.tsx';
import { kindLabels } from './chartKinds.ts';
import { NameForm } from './NameForm.tsx';
import { type Chart, useChangeChart, useCharts, useDeleteChart } from './queries.ts';

const columns: Column<Chart>[] = [
  { title: 'Name', render: ({ name }) => name },
  { title: 'Drawn as', render: ({ chart }) => kindLabels[chart] },
  { title: 'Made by', from: 'sm', render: ({ created_by }) => created_by.name },
  { title: 'Changed', from: 'sm', right: true, render: ({ updated_at }) => <When time={updated_at} /> },
  { title: 'Actions', hideTitle: true, right: true, render: (chart) => <ChartActions chart={chart} /> },
];

/** Every chart that was saved, on a dashboard or not. */
export function ChartList() {
  const charts = useCharts();
  return (
    <Card bg="var(--surface)" padding={0}>
      <Loaded query={charts}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={IconChartHistogram}
              title="No saved charts yet"
              action={<ButtonLink to="/analytics">Analytics</ButtonLink>}
            >
              Choose days, filters and a metric in Analytics, then Save.
            </EmptyState>
          ) : (
            <DataTable
              label="Saved charts"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              testId="chart-row"
            />
          )
        }
      </Loaded>
    </Card>
  );
}

function ChartActions({ chart }: { chart: Chart }) {
  const [opened, { open, close }] = useDisclosure();
  const change = useChangeChart(chart.id);
  const remove = useDeleteChart(chart.id);
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={open} aria-label={`Rename ${chart.name}`}>
        Rename
      </Button>
      <Confirm
        title={`Delete “${chart.name}”?`}
        verb="Delete chart"
        danger
        run={async () => {
          await remove.mutateAsync();
          done(`The chart “${chart.name}” is deleted.`);
        }}
        trigger={(ask) => (
          <Button size="compact-xs" variant="default" onClick={ask} aria-label={`Delete ${chart.name}`}>
            Delete
          </Button>
        )}
      >
        It goes from every dashboard that shows it. What it counted stays.
      </Confirm>
      <NameForm
        opened={opened}
        onClose={close}
        title="Rename chart"
        verb="Rename"
        initial={chart.name}
        error={change.error}
        busy={change.isPending}
        save={(name) => change.mutate({ name }, { onSuccess: close })}
      />
    </Group>
  );
}
