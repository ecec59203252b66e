import { needsPerson } from './errors.ts';
import { intervalMs } from './schedule.ts';
import type { ShownConnection, ShownRun } from './schema.ts';
import { lagMs, lateMs, type StateOf, stateOf } from './state.ts';
import type { Standing, Whole } from './store.ts';
import type { RunRow } from './tables.ts';

const iso = (time: Date | string | null): string | null =>
  time === null ? null : new Date(time).toISOString();

/** How it stands with a connection; `interval` in milliseconds. */
export function standing(row: Standing, interval: number, now: Date): StateOf {
  return {
    paused: row.paused,
    running: row.worker !== null && row.leased_until !== null && row.leased_until > now,
    synced_at: row.synced_at,
    created_at: row.created_at,
    trouble: row.trouble,
    failures: row.failures,
    intervalMs: interval,
    usualMs: row.usual_ms,
  };
}

export function presentRun(row: RunRow | NonNullable<Whole['last_run']>): ShownRun {
  const { id, kind, status, calls, bytes, seen, changed, removed, refused, expected, error } = row as RunRow;
  const [started, finished] = [iso(row.started_at as Date)!, iso(row.finished_at as Date | null)];
  return {
    ...{ id, kind, status, calls, bytes, seen, changed, removed, refused, expected, error },
    as_of: iso(row.as_of as Date | null),
    started_at: started,
    finished_at: finished,
    duration_ms: finished === null ? null : Date.parse(finished) - Date.parse(started),
  };
}

/** As the API answers it; nothing that is secret. */
export function present(row: Whole, timezone: string, now: Date): ShownConnection {
  const state = standing(row, intervalMs(row, timezone, now), now);
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    settings: row.settings,
    mapping: row.mapping,
    sinks: row.sinks,
    schedule: row.cron === null ? { every_seconds: row.every_seconds ?? 3_600 } : { cron: row.cron },
    removal_limit: row.removal_limit,
    state: stateOf(state, now),
    in_sync_as_of: iso(row.in_sync_as_of),
    lag_seconds: Math.round(lagMs(state, now) / 1_000),
    late_after_seconds: Math.round(lateMs(state) / 1_000),
    records: row.records,
    dead_letters: row.letters,
    trouble: row.trouble,
    needs_person: row.trouble !== null && needsPerson(row.trouble.code),
    next_run_at: row.paused ? null : iso(row.next_run_at),
    usual_duration_ms: row.usual_ms,
    last_run: row.last_run && presentRun(row.last_run),
    created_at: row.created_at.toISOString(),
  };
}
