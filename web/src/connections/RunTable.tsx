import { Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { bytes, number } from '../shared/format.ts';
import { LoadedPages } from '../shared/LoadedPages.tsx';
import { Panel } from '../shared/Panel.tsx';
import { Status } from '../shared/Status.tsx';
import { When } from '../shared/When.tsx';
import { isPush } from './pushing.ts';
import { type Connection, type Run, useRunPages } from './queries.ts';
import { outcome, runKinds, took } from './words.ts';

const columnsOf = (pushed: boolean): Column<Run>[] => [
  { title: 'When', render: ({ started_at }) => <When time={started_at} /> },
  {
    title: 'Run',
    render: (run) => {
      const { kind, status, error } = run;
      return (
        <>
          {runKinds[kind]} {status !== 'done' && <Status value={status} />}
          {error && (
            <Text size="xs" mt={2} maw={420} style={{ minWidth: 150 }}>
              <Text span inherit c="var(--danger)">
                {error.message}
              </Text>{' '}
              <Text span inherit c="dimmed">
                {error.hint}
              </Text>
            </Text>
          )}
          {status === 'done' && (
            <Text size="xs" c="dimmed" hiddenFrom="sm">
              {outcome(run, pushed)}
            </Text>
          )}
        </>
      );
    },
  },
  {
    title: 'Took',
    right: true,
    from: 'sm',
    render: ({ duration_ms }) => <Nowrap>{duration_ms === null ? '–' : took(duration_ms)}</Nowrap>,
  },
  { title: 'Calls', right: true, from: 'md', render: ({ calls }) => number(calls) },
  { title: 'Bytes', right: true, from: 'md', render: (run) => <Nowrap>{bytes(run.bytes)}</Nowrap> },
  { title: 'Seen', right: true, from: 'sm', render: ({ seen }) => number(seen) },
  { title: pushed ? 'Pushed' : 'Changed', right: true, from: 'sm', render: ({ changed }) => number(changed) },
  {
    title: pushed ? 'Taken off' : 'Removed',
    right: true,
    from: 'sm',
    render: ({ removed }) => number(removed),
  },
  {
    title: 'Refused',
    right: true,
    from: 'sm',
    render: ({ refused }) => (
      <Text inherit c={refused > 0 ? 'var(--danger)' : undefined}>
        {number(refused)}
      </Text>
    ),
  },
];

const Nowrap = ({ children }: { children: string }) => (
  <span style={{ whiteSpace: 'nowrap' }}>{children}</span>
);

/** What each run did, and why it could not be done. */
export function RunTable({ connection }: { connection: Connection }) {
  const runs = useRunPages(connection.id, connection.last_run);
  return (
    <Panel title="Runs" flush>
      <LoadedPages
        query={runs}
        empty={
          <EmptyState icon={IconHistory} title="No run yet">
            Each time the list is looked at, it stands here: what was exchanged, what had changed.
          </EmptyState>
        }
      >
        {(rows) => (
          <DataTable
            label="Runs"
            columns={columnsOf(isPush(connection))}
            // Of the last one, more is known by now.
            rows={rows.map((run) => (run.id === connection.last_run?.id ? connection.last_run : run))}
            rowKey={({ id }) => id}
            testId="run-row"
          />
        )}
      </LoadedPages>
    </Panel>
  );
}
