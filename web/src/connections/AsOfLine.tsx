import { useTimes } from '../shared/format.ts';
import type { Connection } from './queries.ts';
import { coarse } from './words.ts';

/** Up to when everything that was on the list is here too, in the workspace's zone, and how long ago that is. */
export function AsOfLine({ connection }: { connection: Connection }) {
  const times = useTimes();
  const { in_sync_as_of: at, lag_seconds } = connection;
  if (at === null) return 'never in sync so far';
  return (
    <time
      dateTime={at}
      title={`In sync as of ${times.exact(at)} ${times.timeZone}`}
      style={{ whiteSpace: 'nowrap' }}
    >
      as of {times.dayClock(at)}, lag {coarse(lag_seconds)}
    </time>
  );
}
