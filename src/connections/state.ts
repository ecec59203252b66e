import { needsPerson, type TroubleCode } from './errors.ts';

export const connectionStates = [
  'in_sync',
  'syncing',
  'behind',
  'failing',
  'paused',
  'credentials_refused',
] as const;
export type ConnectionState = (typeof connectionStates)[number];

export interface StateOf {
  paused: boolean;
  running: boolean;
  /** By our clock: what everything was in sync as of; null before the first run was done. */
  synced_at: Date | null;
  created_at: Date;
  trouble: { code: TroubleCode } | null;
  failures: number;
  intervalMs: number;
  /** How long a run usually takes. */
  usualMs: number;
}

/** One failed run is nothing yet: it is tried again in a minute. */
const manyFailures = 3;

export const lagMs = (
  { synced_at, created_at }: Pick<StateOf, 'synced_at' | 'created_at'>,
  now: Date,
): number => Math.max(0, now.getTime() - (synced_at ?? created_at).getTime());

/** How late is late: two intervals and the time a run usually takes. */
export const lateMs = ({ intervalMs, usualMs }: Pick<StateOf, 'intervalMs' | 'usualMs'>): number =>
  2 * intervalMs + usualMs;

export function stateOf(connection: StateOf, now: Date): ConnectionState {
  const { paused, running, trouble, failures } = connection;
  if (paused) return 'paused';
  if (trouble?.code === 'credentials_refused') return 'credentials_refused';
  if (trouble && (failures >= manyFailures || needsPerson(trouble.code))) return 'failing';
  if (lagMs(connection, now) > lateMs(connection)) return 'behind';
  if (running || connection.synced_at === null) return 'syncing';
  return 'in_sync';
}
