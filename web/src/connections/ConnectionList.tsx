import { Progress, Text } from '@mantine/core';
import { type Column, DataTable } from '../shared/DataTable.tsx';
import { count, number, useTimes } from '../shared/format.ts';
import { TextLink } from '../shared/links.tsx';
import { When } from '../shared/When.tsx';
import { AsOfLine } from './AsOfLine.tsx';
import { HelpfulAction } from './HelpfulAction.tsx';
import { isPush } from './pushing.ts';
import { type Connection, isRunning, type Kind, useKinds } from './queries.ts';
import { StateBadge } from './StateBadge.tsx';
import { shareOf } from './SyncProgress.tsx';
import { worstFirst } from './states.ts';
import { exchanged, kindLabel, nextText, outcome, scheduleText } from './words.ts';

const columnsOf = (kinds: readonly Kind[] | undefined): Column<Connection>[] => [
  {
    title: 'Connection',
    width: '24%',
    render: (one) => (
      <>
        <TextLink
          to="/connections/$id"
          params={{ id: one.id }}
          fw={550}
          style={{ overflowWrap: 'break-word' }}
        >
          {one.name}
        </TextLink>
        <Text size="xs" c="dimmed">
          {kindLabel(kinds, one.kind)}, {scheduleText(one.schedule)}
        </Text>
      </>
    ),
  },
  { title: 'State', render: (one) => <StateCell connection={one} /> },
  {
    title: 'Records',
    right: true,
    from: 'sm',
    render: (one) => (
      <>
        {number(one.records)}
        {one.dead_letters > 0 && (
          <Text size="xs" c="var(--danger)" style={{ whiteSpace: 'nowrap' }}>
            {count(one.dead_letters, 'dead letter', 'dead letters')}
          </Text>
        )}
      </>
    ),
  },
  { title: 'Last run', from: 'md', render: (one) => <LastRun run={one.last_run} pushed={isPush(one)} /> },
  { title: 'Next run', from: 'md', render: (one) => <NextRun connection={one} /> },
  {
    title: 'Action',
    hideTitle: true,
    right: true,
    from: 'sm',
    render: (one) => <HelpfulAction connection={one} />,
  },
];

/** The state in a word, as of when, and how far it is while it syncs. */
function StateCell({ connection }: { connection: Connection }) {
  const { last_run: run, trouble } = connection;
  const share = run && isRunning(connection) ? shareOf(run) : undefined;
  return (
    <>
      <StateBadge state={connection.state} />
      <Text size="xs" c="dimmed" mt={4}>
        <AsOfLine connection={connection} />
      </Text>
      {trouble && (
        <Text size="xs" c="dimmed" mt={2} lineClamp={2} maw={360} title={trouble.message}>
          {trouble.message}
        </Text>
      )}
      {share !== undefined && (
        <Progress
          value={share * 100}
          mt={6}
          maw={180}
          animated
          aria-label={`Progress of ${connection.name}`}
        />
      )}
    </>
  );
}

function NextRun({ connection }: { connection: Connection }) {
  const times = useTimes();
  const { next_run_at: at } = connection;
  if (at === null) return '–';
  return (
    <time dateTime={at} title={`${times.exact(at)} ${times.timeZone}`} style={{ whiteSpace: 'nowrap' }}>
      {nextText(connection)}
    </time>
  );
}

function LastRun({ run, pushed }: { run: Connection['last_run']; pushed: boolean }) {
  if (!run) return 'none yet';
  return (
    <>
      <When time={run.finished_at ?? run.started_at} />
      <Text size="xs" c="dimmed">
        {run.status === 'done' ? outcome(run, pushed) : run.status}
      </Text>
      <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
        {exchanged(run)}
      </Text>
    </>
  );
}

/** Connections, worst first. */
export function ConnectionList({ connections }: { connections: Connection[] }) {
  const kinds = useKinds();
  return (
    <DataTable
      label="Connections"
      columns={columnsOf(kinds.data?.items)}
      rows={worstFirst(connections)}
      rowKey={(one) => one.id}
      testId="connection-row"
    />
  );
}
