import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { Clock } from '../engine/index.ts';
import { type AnyDb, takeBack, takeBackUnknown } from './ledger.ts';

/** A worker without a heartbeat for this long is dead, and its emails are taken back. */
const deadAfterMs = 30_000;
/** A worker that could not beat for this long stops claiming, well before others take it for dead. */
const stopAfterMs = 20_000;
const forgottenAfterMs = 60_000;

/** This process as one that sends: its heartbeat, and what it holds. */
export function createWorkers(db: AnyDb, clock: Clock) {
  const id: string = randomUUID();
  const held = new Set<string>();
  // Of this process' own running, not of the world's time.
  let beatAt = Number.NEGATIVE_INFINITY;
  const ago = (ms: number) => new Date(clock.now().getTime() - ms);

  return {
    id,
    beating: () => performance.now() - beatAt < stopAfterMs,
    holds: (rows: { id: string }[]) => {
      for (const row of rows) held.add(row.id);
    },
    releases: (rows: { id: string }[]) => {
      for (const row of rows) held.delete(row.id);
    },

    /** Says that this worker lives, and takes back what dead ones held. Returns how many emails. */
    async beat(): Promise<number> {
      const now = clock.now();
      const started = performance.now();
      await sql`
        INSERT INTO delivery_workers (id, heartbeat_at) VALUES (${id}, ${now})
        ON CONFLICT (id) DO UPDATE SET heartbeat_at = ${now}`.execute(db);
      beatAt = started;
      await takeBackUnknown(db, id, [...held], ago(forgottenAfterMs));
      return takeBack(db, ago(deadAfterMs));
    },

    /** At start, when the database is this process' alone: whoever held anything is gone. */
    takeBackAll: () => takeBack(db, ago(deadAfterMs), true),

    /** Signs off, so that nobody waits for its heartbeat to run out. */
    async leave() {
      await sql`DELETE FROM delivery_workers WHERE id = ${id}`.execute(db);
    },
  };
}
export type Workers = ReturnType<typeof createWorkers>;
