import { List, Stack, Text } from '@mantine/core';
import { DataTable } from '../../shared/DataTable.tsx';
import { count, number, useTimes } from '../../shared/format.ts';
import { stepText } from '../flow/stepText.ts';
import { everyStep } from '../flow/tree.ts';
import type { DryRun, Step } from '../queries.ts';

/** How many would enter, and when each email would go. */
export function DryRunResult({ result, steps }: { result: DryRun; steps: Step[] }) {
  const names = new Map([...everyStep(steps)].map(({ step }) => [step.id, stepText(step).title]));
  return (
    <Stack gap="sm">
      <Text size="sm" data-testid="dry-run-people">
        {result.people === null
          ? 'Nobody enters at first: people come one by one.'
          : `${count(result.people, 'person', 'people')} would enter now.`}
      </Text>
      {result.emails.length > 0 && (
        <DataTable
          label="Emails, and when they would go"
          rows={result.emails}
          rowKey={(row) => row.step}
          testId="dry-run-email"
          columns={[
            { title: 'Email', render: (row) => names.get(row.step) ?? row.name ?? row.step },
            {
              title: 'People',
              right: true,
              render: (row) => (row.people === null ? '–' : number(row.people)),
            },
            { title: 'First at', right: true, render: (row) => <At time={row.first_at} /> },
            {
              title: 'Last at',
              right: true,
              render: (row) => <At time={row.last_at} />,
            },
            { title: 'Through', from: 'sm', render: (row) => row.account },
          ]}
        />
      )}
      <List size="xs" c="dimmed">
        {result.notes.map((note) => (
          <List.Item key={note}>{note}</List.Item>
        ))}
      </List>
    </Stack>
  );
}

/** A day and a time, on one line. */
function At({ time }: { time: string | null }) {
  const times = useTimes();
  return <span style={{ whiteSpace: 'nowrap' }}>{time === null ? '–' : times.dayClock(time)}</span>;
}
