import type { Postgres } from '../../engine/index.ts';

/** Told before each larger step; throws when the lock was lost with its connection. */
export type StillMine = () => Promise<void>;

/**
 * Runs as the one builder of all processes, held by an advisory lock in PostgreSQL, which goes with the connection.
 * Answers undefined, without running, when another process is at it.
 */
export async function asOnlyBuilder<T>(
  { pool }: Postgres,
  run: (stillMine: StillMine) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    const { rows } = await client.query(
      `SELECT pg_try_advisory_lock(hashtextextended('metrics: hours', 0)) AS mine`,
    );
    if (!rows[0].mine) return undefined;
    try {
      return await run(async () => {
        if (broken) throw broken;
        await client.query('SELECT 1');
      });
    } finally {
      // It fails only when the connection is lost, and then the server has let go by itself.
      await client
        .query(`SELECT pg_advisory_unlock(hashtextextended('metrics: hours', 0))`)
        .catch((error) => onError(error));
    }
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}
