import { mkdirSync } from 'node:fs';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { ClickHouse } from './client.ts';
import { EmbeddedConnection } from './embedded.ts';

export interface OpenScratch {
  /** The engine's own directory, for this job alone. One process at a time. */
  path: string;
  /** What the engine may allocate, in bytes; the library itself takes about 250 MB beside it. */
  memory: number;
  log: Logger;
}

const database = 'scratch';

/**
 * The embedded engine for one job on one directory (a file to be summarised), apart from the program's data. No
 * merges, no statistics about itself: what it is given lies as it was given until it is asked and thrown away.
 * Statements may read files of this machine by `file()`, so nothing in them may come from a user but bound values.
 */
export async function openScratchClickHouse({ path, memory, log }: OpenScratch): Promise<ClickHouse> {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const connection = await EmbeddedConnection.open({ path, database, maxMemory: memory });
  const client = createClient({ connection, database, log: { level: ClickHouseLogLevel.OFF } });
  await client.command({ query: 'SYSTEM STOP MERGES' });
  return new ClickHouse(client, true, log, () => connection.close());
}
