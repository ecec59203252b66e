import { Card, Group, Progress, Text } from '@mantine/core';
import { bytes, duration, percent } from '../shared/format.ts';
import type { Import } from './queries.ts';

/** How far a running import is, by bytes, and how long it will take. */
export function ImportProgress({ one }: { one: Import }) {
  const share = one.bytes === 0 ? 0 : one.bytes_read / one.bytes;
  return (
    <Card bg="var(--surface)">
      <Group justify="space-between" mb={8}>
        <Text size="sm" fw={550}>
          {one.status === 'queued' ? 'Waiting for its turn' : `${percent(share, 1)} read`}
        </Text>
        <Text size="sm" c="dimmed">
          {bytes(one.bytes_read)} of {bytes(one.bytes)}
          {one.seconds_left !== null && `, ${duration(one.seconds_left)} left`}
        </Text>
      </Group>
      <Progress value={share * 100} size="lg" animated aria-label="Import progress" />
    </Card>
  );
}
