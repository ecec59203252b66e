import { Progress, Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { duration, number, percent } from '../shared/format.ts';
import type { Report, Step } from './queries.ts';

type Row = Report['steps'][number] & { at: number; name: string; entered: number };

const of = (pick: (emails: NonNullable<Row['emails']>) => number) => (row: Row) =>
  row.emails ? number(pick(row.emails)) : '';

const columns: Column<Row>[] = [
  {
    title: 'Step',
    render: (row) => (
      <Text size="sm" miw={130}>
        <Text span c="dimmed">
          {row.at}.{' '}
        </Text>
        {row.name}
      </Text>
    ),
  },
  {
    title: 'Reached',
    width: 160,
    render: (row) => (
      <div>
        <Text size="sm">
          {number(row.reached)}{' '}
          <Text span size="xs" c="dimmed">
            {percent(row.reached, row.entered)}
          </Text>
        </Text>
        <Progress
          value={row.entered === 0 ? 0 : (row.reached / row.entered) * 100}
          size="sm"
          aria-label={`${percent(row.reached, row.entered)} reached ${row.name}`}
        />
      </div>
    ),
  },
  { title: 'Queued', right: true, render: of((emails) => emails.queued + emails.sending) },
  { title: 'Sent', right: true, render: of((emails) => emails.sent) },
  { title: 'Opened', right: true, from: 'md', render: of((emails) => emails.opened) },
  { title: 'Clicked', right: true, from: 'md', render: of((emails) => emails.clicked) },
  { title: 'Bounced', right: true, from: 'md', render: of((emails) => emails.bounced) },
  { title: 'Failed', right: true, render: of((emails) => emails.failed) },
  { title: 'Suppressed', right: true, render: of((emails) => emails.suppressed) },
  { title: 'Cancelled', right: true, from: 'md', render: of((emails) => emails.cancelled) },
  { title: 'Unsubscribed', right: true, render: of((emails) => emails.unsubscribed) },
];

const nameOf = (step: Step | undefined, type: string) => {
  if (step?.type === 'email') return step.subject || 'Email';
  if (step?.type === 'wait') return `Wait ${duration(step.seconds)}`;
  return `A ${type} since removed`;
};

/** How many reached each step, and what became of its emails. */
export function StepReport({ report, steps }: { report: Report; steps: Step[] }) {
  const rows = report.steps.map((one, index) => ({
    ...one,
    at: index + 1,
    entered: report.entered,
    name: nameOf(
      steps.find((step) => step.id === one.id),
      one.type,
    ),
  }));
  return (
    <DataTable label="Steps" columns={columns} rows={rows} rowKey={(row) => row.id} testId="report-step" />
  );
}
