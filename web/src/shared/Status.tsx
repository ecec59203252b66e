import { Badge } from '@mantine/core';

/** Words of state, each with the one colour it has everywhere. */
const colours: Record<string, string> = {
  draft: 'gray',
  running: 'spruce',
  active: 'spruce',
  sent: 'spruce',
  done: 'spruce',
  queued: 'blue',
  sending: 'blue',
  paused: 'marigold',
  held: 'marigold',
  suppressed: 'marigold',
  unsubscribed: 'marigold',
  completed: 'blue',
  stopped: 'gray',
  exited: 'gray',
  cancelled: 'gray',
  merged: 'gray',
  delivered: 'spruce',
  opened: 'spruce',
  clicked: 'spruce',
  failed: 'red',
  bounced: 'red',
  complained: 'red',
};

export function Status({ value }: { value: string }) {
  return (
    <Badge color={colours[value] ?? 'gray'} autoContrast={false}>
      {value}
    </Badge>
  );
}
