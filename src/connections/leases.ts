import { type Kysely, sql } from 'kysely';
import type { Lease } from './records.ts';
import { sources } from './sources/index.ts';
import type { ConnectionRow, KnownTrouble, Tables } from './tables.ts';

/** A worker that does not say that it lives for this long has lost what it runs. */
export const leaseMs = 30_000;
/** The same in every process. */
const claimLock = 7_012_031;

export interface Claimed extends Lease {
  row: ConnectionRow;
  run: string;
}

/**
 * Takes connections that are due, oldest first: no connection twice, no account over its provider's limit, over all
 * processes. One claims at a time (an advisory lock for the length of the statement), so that the limits are exact.
 */
export async function claim(db: Kysely<Tables>, now: Date, free: number): Promise<Claimed[]> {
  const limits = sources.map(({ kind, concurrency }) => ({ kind, concurrency }));
  return db.transaction().execute(async (trx) => {
    const { rows: got } = await sql<{
      got: boolean;
    }>`SELECT pg_try_advisory_xact_lock(${claimLock}) AS got`.execute(trx);
    if (!got[0]?.got) return [];
    const { rows } = await sql<ConnectionRow>`
      WITH busy AS (
        SELECT account, count(*) AS running FROM connections
        WHERE worker IS NOT NULL AND leased_until > ${now} GROUP BY account),
      due AS (
        SELECT id, account, kind, next_run_at, row_number() OVER (PARTITION BY account ORDER BY next_run_at, id) AS turn
        FROM connections
        WHERE NOT paused AND next_run_at <= ${now} AND (worker IS NULL OR leased_until <= ${now})),
      chosen AS (
        SELECT due.id FROM due
        JOIN jsonb_to_recordset(${JSON.stringify(limits)}::jsonb) AS l (kind text, concurrency integer) USING (kind)
        LEFT JOIN busy USING (account)
        WHERE due.turn + coalesce(busy.running, 0) <= l.concurrency
        ORDER BY next_run_at, id LIMIT ${free})
      UPDATE connections AS c
      SET worker = gen_random_uuid(), leased_until = ${new Date(now.getTime() + leaseMs)}, fence = c.fence + 1
      FROM chosen WHERE c.id = chosen.id
      RETURNING c.*`.execute(trx);
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    await sql`
      UPDATE connection_runs SET status = 'cancelled', finished_at = ${now}
      WHERE status = 'running' AND connection = ANY(${ids}::uuid[])`.execute(trx);
    const { rows: runs } = await sql<{ id: string; connection: string }>`
      INSERT INTO connection_runs (connection, kind, status, started_at)
      SELECT id, 'probe', 'running', ${now}::timestamptz FROM unnest(${ids}::uuid[]) AS id
      RETURNING id, connection`.execute(trx);
    const runOf = new Map(runs.map(({ id, connection }) => [connection, id]));
    return rows.map((row) => ({ connection: row.id, fence: row.fence, row, run: runOf.get(row.id)! }));
  });
}

/** Says that these are still being run. Answers the runs that still are this worker's. */
export async function renew(db: Kysely<Tables>, held: readonly Claimed[], now: Date): Promise<Set<string>> {
  const { rows } = await sql<{ run: string }>`
    UPDATE connections AS c SET leased_until = ${new Date(now.getTime() + leaseMs)}
    FROM unnest(${held.map(({ row }) => row.worker)}::uuid[], ${held.map(({ fence }) => fence)}::bigint[],
      ${held.map(({ run }) => run)}::uuid[]) AS h (worker, fence, run)
    WHERE c.worker = h.worker AND c.fence = h.fence
    RETURNING h.run`.execute(db);
  return new Set(rows.map(({ run }) => run));
}

/** At start, when the database is this process' alone: whoever ran anything is gone. */
export const releaseAll = (db: Kysely<Tables>) =>
  sql`UPDATE connections SET worker = NULL, leased_until = NULL WHERE worker IS NOT NULL`.execute(db);

export interface Finished {
  status: 'done' | 'failed' | 'cancelled';
  kind: 'probe' | 'incremental' | 'full';
  calls: number;
  bytes: number;
  seen: number;
  changed: number;
  removed: number;
  refused: number;
  expected: number | null;
  asOf?: Date;
  trouble?: KnownTrouble;
  /** What becomes of the connection. */
  change: Record<string, unknown>;
}

/**
 * Ends a run, and gives the connection back; nothing else is written when it was changed meanwhile or another worker has
 * it. Who asked for a run during this one gets one.
 */
export async function finish(
  db: Kysely<Tables>,
  claimed: Claimed,
  end: Finished,
  now: Date,
): Promise<boolean> {
  const { status, asOf, trouble, change, ...counts } = end;
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ mine: boolean; asked: boolean }>`
      UPDATE connections SET worker = NULL, leased_until = NULL
      WHERE id = ${claimed.connection} AND worker = ${claimed.row.worker}
      RETURNING fence = ${claimed.fence} AS mine, asks <> ${claimed.row.asks} AS asked`.execute(trx);
    const [{ mine, asked } = { mine: false, asked: false }] = rows;
    const { next_run_at: _, wanted: __, ...rest } = change;
    const set = asked ? rest : change;
    await trx
      .updateTable('connection_runs')
      .set({
        ...counts,
        status: mine ? status : 'cancelled',
        finished_at: now,
        as_of: mine ? (asOf ?? null) : null,
        error: trouble ? JSON.stringify(trouble) : null,
      })
      .where('id', '=', claimed.run)
      .where('status', '=', 'running')
      .execute();
    if (mine && Object.keys(set).length > 0) {
      const usual = status === 'done' ? { usual_ms: usualMs(claimed.connection) } : {};
      await trx
        .updateTable('connections')
        .set({ ...set, ...usual } as never)
        .where('id', '=', claimed.connection)
        .execute();
    }
    return mine;
  });
}

/** How many runs the usual duration is the average of. */
const averaged = 10;

/** Worked out when a run ends and not when somebody asks: who watches asks of all connections, often. */
const usualMs = (connection: string) => sql`(
  SELECT coalesce(avg(extract(epoch FROM finished_at - started_at) * 1000), 0)::float8 FROM (
    SELECT started_at, finished_at FROM connection_runs
    WHERE connection = ${connection} AND status = 'done' ORDER BY id DESC LIMIT ${averaged}) AS last)`;
