import { relative, useTimes } from './format.ts';

/** An instant, as people say it; the exact time in the workspace's zone on hover. */
export function When({ time }: { time: string | null | undefined }) {
  const times = useTimes();
  if (!time) return '–';
  return (
    <time dateTime={time} title={`${times.exact(time)} ${times.timeZone}`} style={{ whiteSpace: 'nowrap' }}>
      {relative(time)}
    </time>
  );
}
