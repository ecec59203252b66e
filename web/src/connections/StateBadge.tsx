import { Badge } from '@mantine/core';
import type { State } from './queries.ts';
import { stateWords } from './states.ts';

/** How it stands with a connection, in words, with a sign and a colour of its own. */
export function StateBadge({ state }: { state: State }) {
  const { label, colour, icon: Sign } = stateWords[state];
  return (
    <Badge
      color={colour}
      leftSection={<Sign size={13} stroke={2.2} aria-hidden style={{ display: 'block' }} />}
      data-testid="connection-state"
    >
      {label}
    </Badge>
  );
}
