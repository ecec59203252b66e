import { sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';

/** The number of the advisory lock; the same in every process. */
const lock = 7_012_027;

/**
 * What rewrites the log or its views takes turns: reprocessing (step by step), retention, erasure. Else a step of a
 * reprocessing could write a person into its side tables just after the erasure had looked there.
 */
export interface Turn {
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function createTurn({ clickhouse, postgres }: Pick<Engine, 'clickhouse' | 'postgres'>): Turn {
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    clickhouse.embedded
      ? work()
      : postgres.db.transaction().execute(async (held) => {
          await sql`SELECT pg_advisory_xact_lock(${lock})`.execute(held);
          return work();
        });
  return {
    take(work) {
      const mine = last.then(() => alone(work));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
