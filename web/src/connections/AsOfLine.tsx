import { useTimes } from '../shared/format.ts';
import type { Connection } from './queries.ts';
import { coarse } from './words.ts';

const whole = { whiteSpace: 'nowrap' } as const;

/** Up to when everything that was on the list is here too, in the workspace's zone, and how long ago that is. */
export function AsOfLine({ connection }: { connection: Connection }) {
  const times = useTimes();
  const { in_sync_as_of: at, lag_seconds } = connection;
  if (at === null) return 'never in sync so far';
  return (
    <time dateTime={at} title={`In sync as of ${times.exact(at)} ${times.timeZone}`}>
      <span style={whole}>as of {times.dayClock(at)},</span>{' '}
      <span style={whole}>lag {coarse(lag_seconds)}</span>
    </time>
  );
}
