import { Text } from '@mantine/core';
import { useTimes } from './format.ts';

/** When the numbers beside it were true. */
export function AsOf({ time }: { time: string | null | undefined }) {
  const times = useTimes();
  if (!time) return null;
  return (
    <Text
      size="xs"
      c="dimmed"
      component="time"
      dateTime={time}
      title={`${times.exact(time)} ${times.timeZone}`}
    >
      as of {times.clock(time)}
    </Text>
  );
}
