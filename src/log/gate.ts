import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Gate } from './processor.ts';

/** The number of the advisory lock; any other would do, the same in every process. */
const lock = 7_012_026;

/**
 * Who derives the views, and who replaces them. The processors of all processes go on together; replacing a partition
 * wants them to stand still. With the embedded engine there is one process, which keeps the order itself.
 */
export function processingGate(engine: Engine): Gate {
  if (engine.clickhouse.embedded) return { shared: (work) => work(), alone: (work) => work() };
  const holding = (statement: ReturnType<typeof sql>) => async (work: () => Promise<never>) =>
    engine.postgres.db.transaction().execute(async (transaction) => {
      await statement.execute(transaction);
      return work();
    });
  return {
    shared: holding(sql`SELECT pg_advisory_xact_lock_shared(${lock})`) as Gate['shared'],
    alone: holding(sql`SELECT pg_advisory_xact_lock(${lock})`) as Gate['alone'],
  };
}
