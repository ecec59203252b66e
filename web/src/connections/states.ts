import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClockExclamation,
  IconKeyOff,
  IconPlayerPause,
  IconRefresh,
  type IconUsers,
} from '@tabler/icons-react';
import type { Connection, State } from './queries.ts';

interface StateWords {
  label: string;
  colour: string;
  icon: typeof IconUsers;
  /** The lower, the sooner somebody should look. */
  order: number;
}

export const stateWords: Record<State, StateWords> = {
  credentials_refused: { label: 'credentials refused', colour: 'red', icon: IconKeyOff, order: 0 },
  failing: { label: 'failing', colour: 'red', icon: IconAlertTriangle, order: 1 },
  behind: { label: 'behind', colour: 'marigold', icon: IconClockExclamation, order: 2 },
  syncing: { label: 'syncing', colour: 'blue', icon: IconRefresh, order: 3 },
  in_sync: { label: 'in sync', colour: 'spruce', icon: IconCircleCheck, order: 4 },
  paused: { label: 'paused', colour: 'gray', icon: IconPlayerPause, order: 5 },
};

/** Reports over it are not to be trusted. */
export const isUnwell = ({ state }: Pick<Connection, 'state'>) => stateWords[state].order < 3;

/** Worst first; among alike, those that lag most. */
export const worstFirst = (connections: readonly Connection[]): Connection[] =>
  connections.toSorted(
    (a, b) =>
      stateWords[a.state].order - stateWords[b.state].order ||
      b.lag_seconds - a.lag_seconds ||
      a.name.localeCompare(b.name),
  );
