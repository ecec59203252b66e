import { Text, Tooltip } from '@mantine/core';
import { useTimes } from '../shared/format.ts';

interface Props {
  answer:
    | {
        as_of: string;
        freshness: {
          counted_to: string;
          sessions_to: string | null;
          session_hours_left: number;
          newest_received_at: string | null;
          connections: { id: string; name: string; as_of: string | null; stale: boolean }[];
        };
      }
    | undefined;
}

const namedConnections = 4;

/** As of when an answer is, and how far events and sessions were counted by then. */
export function Fresh({ answer }: Props) {
  const times = useTimes();
  if (!answer) return null;
  const { counted_to, sessions_to, newest_received_at, connections } = answer.freshness;
  const left = answer.freshness.session_hours_left;
  const lines = [
    `Events counted to ${times.exact(counted_to)}.`,
    sessions_to ? `Sessions to ${times.exact(sessions_to)}.` : 'No sessions were built yet.',
    left > 0
      ? `Sessions of ${left === 1 ? 'one earlier hour' : `${left} earlier hours`} are being counted.`
      : '',
    newest_received_at ? `The newest message came ${times.exact(newest_received_at)}.` : '',
    ...connections
      .slice(0, namedConnections)
      .map(({ name, as_of, stale }) =>
        as_of
          ? `${name} in sync as of ${times.exact(as_of)}${stale ? ', stale' : ''}.`
          : `${name} never in sync so far.`,
      ),
    `Times are in ${times.timeZone}. Nothing is sampled.`,
  ].filter(Boolean);
  return (
    <Tooltip
      label={lines.map((line) => <div key={line}>{line}</div>)}
      events={{ hover: true, focus: true, touch: true }}
    >
      {/* In the order of tabs, so that the tooltip is read with the keyboard too. */}
      <Text size="xs" c="dimmed" component="time" dateTime={answer.as_of} tabIndex={0}>
        as of {times.clock(answer.as_of)}
      </Text>
    </Tooltip>
  );
}
