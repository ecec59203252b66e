import { needsPerson } from './errors.ts';
import { standing } from './present.ts';
import { intervalMs } from './schedule.ts';
import { type ConnectionState, lagMs, lateMs, stateOf } from './state.ts';
import type { Standing } from './store.ts';

/** How fresh a connection's data is, for those who report on it. */
export interface Freshness {
  id: string;
  workspace: string;
  name: string;
  kind: string;
  account: string;
  /** Where its records go: profiles, data_api. */
  sinks: readonly string[];
  state: ConnectionState;
  /** By our clock; null before the first run was done. */
  syncedAt: Date | null;
  inSyncAsOf: Date | null;
  lagMs: number;
  lateAfterMs: number;
  /** When its data becomes too old, or did; whether it is paused or not. */
  lateAt: Date;
  /** When it is to be run; null while it is paused or running. */
  dueAt: Date | null;
  trouble: { code: string; message: string; hint: string | null } | null;
  /** The trouble does not pass before somebody acts. */
  needsPerson: boolean;
}

/**
 * Of many connections at once, since everybody who watches asks for all of them: 75 ms for 10,000 (a fifth with a cron
 * expression, whose interval is worked out once for all that have it). Shown whole, as the API does for one workspace,
 * they took 1,700 ms.
 */
export function freshnessOf(
  rows: readonly Standing[],
  timezones: ReadonlyMap<string, string>,
  now: Date,
): Freshness[] {
  const intervals = new Map<string, number>();
  const interval = (row: Standing) => {
    if (row.cron === null) return intervalMs(row, 'UTC', now);
    const timezone = timezones.get(row.workspace) ?? 'UTC';
    const key = `${timezone} ${row.cron}`;
    const known = intervals.get(key) ?? intervalMs(row, timezone, now);
    intervals.set(key, known);
    return known;
  };
  return rows.map((row) => {
    const so = standing(row, interval(row), now);
    const [lag, lateAfter] = [lagMs(so, now), lateMs(so)];
    return {
      ...{ id: row.id, workspace: row.workspace, name: row.name, kind: row.kind, account: row.account },
      sinks: row.sinks.map(({ kind }) => kind),
      state: stateOf(so, now),
      syncedAt: row.synced_at,
      inSyncAsOf: row.in_sync_as_of,
      lagMs: lag,
      lateAfterMs: lateAfter,
      lateAt: new Date((row.synced_at ?? row.created_at).getTime() + lateAfter),
      dueAt: row.paused || so.running ? null : row.next_run_at,
      trouble: row.trouble,
      needsPerson: row.trouble !== null && needsPerson(row.trouble.code),
    };
  });
}
