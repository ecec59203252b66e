import type pg from 'pg';
import type { Logger } from 'pino';
import { type MigratedRoom, type MigrationFile, migrationsOf } from '../migrations.ts';
import { Problem } from '../problem.ts';

/** Any number; the same in all processes, so that only one of them migrates at a time. */
const LOCK = 7_246_101;

/**
 * Runs the pending migration files of the rooms, each in one transaction together with its record.
 * Several processes may call it at once: one does it, the others wait and find it done.
 *
 * @throws Problem `newer_version` when the database has a migration which this program does not know;
 *   `migration_changed` when a file was edited after it was applied; `migration_failed`
 */
export async function migratePostgres(
  pool: pg.Pool,
  rooms: readonly MigratedRoom[],
  log: Logger,
): Promise<void> {
  const files = migrationsOf(rooms, 'postgres');
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`CREATE TABLE IF NOT EXISTS migrations (
      room text NOT NULL, name text NOT NULL, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (room, name))`);
    const { rows } = await client.query<Applied>(
      'SELECT room, name, checksum FROM migrations ORDER BY room, name',
    );
    for (const file of pendingOf(files, rows)) {
      await apply(client, file);
      log.debug({ room: file.room, migration: file.name }, 'applied a migration');
    }
  } finally {
    await client.query('SELECT pg_advisory_unlock_all()').catch(() => {});
    client.release();
  }
}

interface Applied {
  room: string;
  name: string;
  checksum: string;
}

function pendingOf(files: MigrationFile[], applied: Applied[]): MigrationFile[] {
  const known = new Map(files.map((file) => [`${file.room}/${file.name}`, file]));
  for (const { room, name, checksum } of applied) {
    const file = known.get(`${room}/${name}`);
    if (!file) {
      throw new Problem(
        409,
        'newer_version',
        `The data directory was written by a newer version of Rapport (migration ${room}/${name}).`,
        { hint: 'Upgrade Rapport, or use another directory with --data.' },
      );
    }
    if (file.checksum !== checksum) {
      throw new Problem(
        409,
        'migration_changed',
        `The migration ${room}/${name} is not the one that was applied to this database.`,
        { hint: 'Install the released Rapport again; a change to the schema belongs in a new file.' },
      );
    }
  }
  const done = new Set(applied.map(({ room, name }) => `${room}/${name}`));
  return files.filter(({ room, name }) => !done.has(`${room}/${name}`));
}

async function apply(client: pg.PoolClient, { room, name, sql, checksum }: MigrationFile): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('INSERT INTO migrations (room, name, checksum) VALUES ($1, $2, $3)', [
      room,
      name,
      checksum,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => {});
    const { message, position } = cause as Error & { position?: string };
    const line = position ? ` in line ${sql.slice(0, Number(position)).split('\n').length}` : '';
    throw new Problem(500, 'migration_failed', `The migration ${room}/${name} failed${line}: ${message}`, {
      hint: 'Nothing of it was kept. Start again when the cause is mended.',
      cause,
    });
  }
}
