import { Card, Group, Progress, Text } from '@mantine/core';
import { count, number, percent } from '../shared/format.ts';
import type { Run } from './queries.ts';
import { exchanged, runKinds } from './words.ts';

/** A list that changes while it is read may give more than was expected. */
export const shareOf = ({ seen, expected }: Run) =>
  expected === null || expected === 0 ? undefined : Math.min(1, seen / expected);

/** How far a run is: a share where it is known how many there are, else a count. */
export function SyncProgress({ run, first }: { run: Run; first: boolean }) {
  const share = shareOf(run);
  return (
    <Card bg="var(--surface)" data-testid="sync-progress">
      <Group justify="space-between" mb={8} gap="xs">
        <Text size="sm" fw={550}>
          {first ? 'First sync' : `Syncing, ${runKinds[run.kind]}`}
          {share !== undefined && `: ${percent(share, 1)}`}
        </Text>
        <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {run.expected !== null && run.expected > 0
            ? `${number(run.seen)} of ${count(run.expected, 'record', 'records')}`
            : `${count(run.seen, 'record', 'records')} read`}
          , {exchanged(run)}
        </Text>
      </Group>
      <Progress
        value={(share ?? 1) * 100}
        size="lg"
        animated
        aria-label="Progress of the sync"
        // Without an end, it is not known how far it is.
        color={share === undefined ? 'gray' : undefined}
      />
    </Card>
  );
}
