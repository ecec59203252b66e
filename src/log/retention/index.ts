import { createLoop, type Engine } from '../../engine/index.ts';
import { markHours } from '../erase/tables.ts';
import { sideTables } from '../reprocess/tables.ts';
import type { Turn } from '../reprocess/turn.ts';
import type { Retention } from './schema.ts';
import { openStore, type RetentionRow } from './store.ts';
import { deleteBefore, hoursBefore, withWorkspaces } from './tables.ts';

export type { Retention } from './schema.ts';

/** Deletes what a workspace does not want to keep any longer, every night. */
export interface Retain {
  start(): void;
  stop(): Promise<void>;
  get(workspace: string): Promise<Retention>;
  /** Days messages are kept after they were received; null: for ever. Nothing is deleted before the next night. */
  set(workspace: string, days: number | null, by: string): Promise<Retention>;
  /** Resolves when what is due is deleted. For tests. */
  idle(): Promise<void>;
}

export interface RetainOptions {
  turn: Turn;
  /** The views get nothing new while `work` runs. */
  pause<T>(work: () => Promise<T>): Promise<T>;
  /** Tells who listens to the log that these workspaces changed. */
  changed(workspaces: ReadonlySet<string>): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Of the night, UTC. */
const hourOfNight = 2;

const midnight = (time: number) => new Date(Math.floor(time / dayMs) * dayMs);
const cutoff = (days: number, at: Date) => midnight(at.getTime() - days * dayMs);

function nextNight(now: Date): Date {
  const night = midnight(now.getTime()).getTime() + hourOfNight * 60 * 60 * 1000;
  return new Date(night > now.getTime() ? night : night + dayMs);
}

export function createRetain(engine: Engine, { turn, pause, changed }: RetainOptions): Retain {
  const { clickhouse, clock, log } = engine;
  const store = openStore(engine);

  const loop = createLoop({
    name: 'retention',
    everyMs: 10 * 60_000,
    log,
    async run() {
      for (const [to, rows] of byCutoff(await store.due(clock.now()))) await clear(new Date(to), rows);
      return false;
    },
  });

  /** Those that lose the same days together: a day of all of them is one partition, and goes as one. */
  function byCutoff(rows: readonly RetentionRow[]): Map<number, RetentionRow[]> {
    const groups = new Map<number, RetentionRow[]>();
    for (const row of rows) {
      const to = (row.deleting_to ?? cutoff(row.days ?? 0, clock.now())).getTime();
      groups.set(to, [...(groups.get(to) ?? []), row]);
    }
    return groups;
  }

  /** Killed at any line and run again, it gives the same. */
  async function clear(to: Date, rows: readonly RetentionRow[]): Promise<void> {
    const workspaces = rows.map(({ workspace }) => workspace);
    await store.begin(workspaces, to);
    const deleted = await turn.take(() =>
      withWorkspaces(clickhouse, workspaces, async () => {
        // Before the events are gone that tell of them.
        await store.addHours(await hoursBefore(clickhouse, to));
        const messages = await deleteBefore(clickhouse, 'messages', to);
        await deleteBefore(clickhouse, 'messages_rejected', to);
        const sides = (await sideTables(clickhouse)).filter((name) => name.endsWith('_events'));
        // A late message may be of a month that is about to be dropped.
        await pause(async () => {
          for (const table of ['events', 'person_events', ...sides])
            await deleteBefore(clickhouse, table, to);
        });
        return messages;
      }),
    );
    for (const workspace of workspaces) {
      const hours = [...new Set((await store.find(workspace))?.hours ?? [])];
      if (hours.length > 0) await markHours(clickhouse, workspace, hours);
    }
    await store.end(workspaces, to, nextNight(clock.now()));
    if (deleted > 0) {
      await changed(new Set(workspaces));
      log.info(
        { workspaces: workspaces.length, messages: deleted, received_before: to },
        'old messages were deleted',
      );
    }
  }

  return {
    start: () => loop.start(),
    stop: () => loop.stop(),
    get: async (workspace) => present(await store.find(workspace)),

    async set(workspace, days, by) {
      const now = clock.now();
      const row = { workspace, days, set_by: by, set_at: now, next_at: nextNight(now) };
      return present(await store.set(row));
    },

    async idle() {
      loop.poke();
      await loop.idle();
    },
  };
}

function present(row: RetentionRow | undefined): Retention {
  const { days = null, set_by = null, next_at, deleted_to } = row ?? {};
  const next = days === null ? undefined : next_at;
  return {
    days,
    set_by,
    next_at: next?.toISOString() ?? null,
    deletes_before: next ? cutoff(days ?? 0, next).toISOString() : null,
    deleted_to: deleted_to?.toISOString() ?? null,
  };
}
