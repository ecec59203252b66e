import type { Logger } from 'pino';
import { checkStatements, migrateClickHouse, openClickHouse } from './clickhouse/index.ts';
import type { Clock } from './clock.ts';
import type { Engine } from './engine.ts';
import { createJobs } from './jobs.ts';
import { openPostgres } from './postgres/index.ts';
import { loadSecrets } from './secrets.ts';

export interface OpenEngine {
  /** Absolute; held by this process already (`holdDataDir`). */
  dataDir: string;
  baseUrl: string;
  clock: Clock;
  log: Logger;
  /** Servers instead of the embedded engines. */
  clickhouseUrl?: string | undefined;
  databaseUrl?: string | undefined;
  signal?: AbortSignal;
}

/** Opens both engines at once, embedded or remote as the options say. */
export async function openEngine(options: OpenEngine): Promise<Engine> {
  const { dataDir, baseUrl, clock, log, signal } = options;
  const secrets = loadSecrets(dataDir);
  const common = { dataDir, log, ...(signal ? { signal } : {}) };
  const opening = [
    openClickHouse({ ...common, ...(options.clickhouseUrl ? { url: options.clickhouseUrl } : {}) }),
    openPostgres({ ...common, ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}) }),
  ] as const;
  const [clickhouse, postgres] = await Promise.all(opening).catch(async (error) => {
    // One failed: do not leave the other open behind.
    for (const other of await Promise.allSettled(opening)) {
      if (other.status === 'fulfilled') await other.value.close();
    }
    throw error;
  });
  return { clickhouse, postgres, jobs: createJobs(postgres, log), clock, log, secrets, dataDir, baseUrl };
}

/** Brings the tables of all rooms up to this program, and checks every statement against them. */
export async function migrate(
  engine: Engine,
  rooms: readonly { name: string; folder: URL }[],
): Promise<void> {
  await Promise.all([engine.postgres.migrate(rooms), migrateClickHouse(engine.clickhouse, rooms)]);
  await checkStatements(engine.clickhouse);
}

/** Closes both engines; anything that failed is told in the log. */
export async function closeEngine(engine: Engine): Promise<void> {
  const closing = [() => engine.jobs.stop(), () => engine.postgres.close(), () => engine.clickhouse.close()];
  for (const close of closing) {
    await close().catch((error: unknown) => engine.log.error(error, 'closing an engine failed'));
  }
}
