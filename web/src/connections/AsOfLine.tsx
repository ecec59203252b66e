import { duration, useTimes } from '../shared/format.ts';
import type { Connection } from './queries.ts';

/** Up to when everything that was on the list is here too, in the workspace's zone, and how long ago that is. */
export function AsOfLine({ connection }: { connection: Connection }) {
  const times = useTimes();
  const { in_sync_as_of: at, lag_seconds } = connection;
  if (at === null) return 'never in sync so far';
  return (
    <time dateTime={at} title={`${times.exact(at)} ${times.timeZone}`}>
      in sync as of {times.dayClock(at)}, lag {duration(lag_seconds)}
    </time>
  );
}
