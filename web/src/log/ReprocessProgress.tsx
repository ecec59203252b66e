import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { Confirm } from '../shared/Confirm.tsx';
import { duration, number, percent, short } from '../shared/format.ts';
import { type Reprocessing, useCancelReprocessing } from './queries.ts';

const stepLabels: Record<Reprocessing['step'], string> = {
  prepare: 'Preparing',
  events: 'Deriving events',
  profiles: 'Deriving people',
  verify: 'Counting again',
  join: 'Catching up',
  swap: 'Changing over',
  mark: 'Marking hours',
  clear: 'Clearing up',
};

/** From here on it is finished rather than taken back. */
const final = ['swap', 'mark', 'clear'];

/** How far a reprocessing is, how long it will take, and the way to stop it. */
export function ReprocessProgress({ one }: { one: Reprocessing }) {
  const cancel = useCancelReprocessing(one.id);
  const share = one.messages === 0 ? 0 : one.messages_done / one.messages;
  return (
    <Stack gap={6} data-testid="reprocess-progress">
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={550}>
          {one.status === 'queued' ? 'Waiting for its turn' : stepLabels[one.step]}
        </Text>
        <Text size="sm" c="dimmed">
          {number(one.messages_done)} of {number(one.messages)} ({percent(one.messages_done, one.messages)})
          {one.messages_per_second !== null && `, ${short(one.messages_per_second)} a second`}
          {one.seconds_left !== null && `, ${duration(one.seconds_left)} left`}
        </Text>
      </Group>
      <Progress value={share * 100} size="lg" animated aria-label="Reprocessing progress" />
      {!final.includes(one.step) && (
        <Group justify="flex-end">
          <Confirm
            title="Cancel this reprocessing?"
            verb="Cancel reprocessing"
            danger
            run={() => cancel.mutateAsync()}
            trigger={(open) => (
              <Button size="compact-sm" variant="default" onClick={open}>
                Cancel
              </Button>
            )}
          >
            What was derived so far is thrown away. Every number stays as it is now.
          </Confirm>
        </Group>
      )}
    </Stack>
  );
}
