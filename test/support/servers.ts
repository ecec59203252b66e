import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openPostgres, type Postgres } from '../../src/engine/index.ts';
import { startClickHouseFront } from './clickhouse-front.ts';
import { type RapportProcess, startProcess } from './process.ts';

export interface Servers {
  postgres: Postgres;
  /** Starts the real program on the two servers, in a process of its own with a data directory of its own. */
  start(): Promise<RapportProcess>;
  /** Kills the processes that are left, and closes the servers. */
  close(): Promise<void>;
}

/** A PostgreSQL and a ClickHouse for several processes: the embedded one, and the front that serves chDB. */
export async function openServers(): Promise<Servers> {
  const root = mkdtempSync(join(tmpdir(), 'rapport-servers-'));
  const postgres = await openPostgres({ dataDir: root, log: pino({ level: 'silent' }) });
  const front = await startClickHouseFront(join(root, 'clickhouse'));
  const { host, password } = postgres.poolConfig;
  const env = {
    DATABASE_URL: `postgres://rapport:${password}@localhost/postgres?host=${host}`,
    CLICKHOUSE_URL: front.url,
    // What one sealed the others must open.
    RAPPORT_SECRET: '5e'.repeat(32),
    RAPPORT_ALLOW_INTERNAL: '1',
  };
  const started: RapportProcess[] = [];
  return {
    postgres,
    async start() {
      const dataDir = join(root, `process-${started.length}`);
      const rapport = await startProcess(dataDir, 0, undefined, env);
      started.push(rapport);
      return rapport;
    },
    async close() {
      await Promise.all(started.map((rapport) => rapport.kill()));
      await front.close();
      await postgres.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
