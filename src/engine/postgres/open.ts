import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';
import type { MigratedRoom } from '../migrations.ts';
import { startEmbedded } from './embedded.ts';
import { migratePostgres } from './migrate.ts';
import { awaitServer, withoutPassword } from './remote.ts';

/** No table of its own: a room says which it uses, `postgres.db.withTables<{ campaigns: CampaignsTable }>()`. */
export type Database = Kysely<Record<never, never>>;

/** PostgreSQL, embedded or a server: no code outside this folder needs to know which. */
export interface Postgres {
  db: Database;
  pool: pg.Pool;
  /** What another pool to the same database needs. Holds the password. */
  poolConfig: pg.PoolConfig;
  /** True when this process holds the only server and nobody else uses it. */
  embedded: boolean;
  /** Which server this is, for people; without the password. */
  describe(): string;
  /** Runs pending migrations of the rooms, in the order given. Throws a Problem, see `migratePostgres`. */
  migrate(rooms: readonly MigratedRoom[]): Promise<void>;
  /** Resolves when the server answers a query; rejects within 5 s if not. */
  ping(): Promise<void>;
  /** Ends the pool and, if embedded, the server. Queries under way are waited for, at most 2 s. */
  close(): Promise<void>;
}

export interface OpenPostgresOptions {
  /** Holds the embedded server's files: `postgres/`, `postgres.password`, `postgres.log`, `run/`. */
  dataDir: string;
  /** DATABASE_URL: use this server instead. */
  databaseUrl?: string | undefined;
  log: Logger;
  /** Gives up waiting for the server. */
  signal?: AbortSignal;
}

const POOL_SIZE = 20;

/**
 * Opens PostgreSQL: starts the embedded one (or takes over the one left by a killed process), or waits for
 * the server of `databaseUrl`.
 *
 * Types read: bigint as number (exact up to 2^53), numeric as string, timestamptz as Date, date as 'YYYY-MM-DD'.
 * @throws Problem saying what failed and what to do
 */
export async function openPostgres({
  dataDir,
  databaseUrl,
  log,
  signal,
}: OpenPostgresOptions): Promise<Postgres> {
  if (databaseUrl) {
    const config = { connectionString: databaseUrl, application_name: 'rapport' };
    const server = withoutPassword(databaseUrl);
    await awaitServer(config, server, { log, signal });
    return overPool(config, false, server, log, async () => {});
  }
  const embedded = await startEmbedded({ dataDir, log, signal });
  const config = { ...embedded.address, application_name: 'rapport' };
  return overPool(config, true, `embedded PostgreSQL in ${dataDir}`, log, () => embedded.stop());
}

function overPool(
  poolConfig: pg.PoolConfig,
  embedded: boolean,
  description: string,
  log: Logger,
  stopServer: () => Promise<void>,
): Postgres {
  const pool = new pg.Pool({
    ...poolConfig,
    max: POOL_SIZE,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 15_000,
    types: { getTypeParser },
  });
  let closing: Promise<void> | undefined;
  // Without a listener the loss of an idle connection would end the process. The error carries the whole client,
  // so only its words are logged; while closing it is no news.
  pool.on('error', ({ message }) => {
    if (!closing) log.warn({ reason: message }, 'an idle connection to PostgreSQL was lost');
  });
  // The same for one in use that breaks between two queries of a transaction; the next query on it fails.
  pool.on('connect', (client) => {
    client.on('error', ({ message }) => log.debug({ reason: message }, 'a connection to PostgreSQL broke'));
  });
  async function close() {
    // A query that never ends must not keep the program: the server's stop breaks it off.
    await Promise.race([pool.end(), new Promise((resolve) => setTimeout(resolve, 2_000).unref())]);
    await stopServer();
  }
  return {
    db: new Kysely<Record<never, never>>({ dialect: new PostgresDialect({ pool }) }),
    pool,
    poolConfig,
    embedded,
    describe: () => description,
    migrate: (rooms) => migratePostgres(pool, rooms, log),
    async ping() {
      const late = new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error('PostgreSQL did not answer within 5 s')), 5_000).unref(),
      );
      await Promise.race([pool.query('SELECT 1'), late]);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;
const INT4_ARRAY = 1007;

/** For our pools only: another library in the process keeps the parsers it expects. */
const getTypeParser = ((oid: number, format?: 'text' | 'binary') => {
  if (format !== 'binary') {
    if (oid === INT8) return Number;
    if (oid === INT8_ARRAY) return pg.types.getTypeParser(INT4_ARRAY as number, 'text');
    // A day has no time zone; as a Date it would be midnight of wherever the program runs.
    if (oid === DATE) return String;
  }
  return pg.types.getTypeParser(oid, format as 'text');
}) as typeof pg.types.getTypeParser;
