import { Text } from '@mantine/core';
import { useTimes } from '../../shared/format.ts';
import type { Series } from '../queries.ts';

/** Sessions are counted after events: said only when the difference can be seen. */
export function SessionsLag({ series }: { series: Series | undefined }) {
  const times = useTimes();
  if (!series) return null;
  const { sessions_to, session_hours_left: left } = series.freshness;
  const behind = sessions_to === null ? undefined : Date.parse(series.as_of) - Date.parse(sessions_to);
  if (behind !== undefined && behind < 5 * 60_000 && left === 0) return null;
  return (
    <Text size="xs" c="dimmed" role="status">
      {sessions_to === null
        ? 'Sessions are being counted for the first time. Bounce rate, session length and sources follow in a moment.'
        : left > 0
          ? `Messages came late to ${left === 1 ? 'an earlier hour' : `${left} earlier hours`}: sessions, bounce rate, session length and sources follow within minutes.`
          : `Sessions, bounce rate, session length and sources are counted to ${times.time(sessions_to)}; the rest follows.`}
    </Text>
  );
}
