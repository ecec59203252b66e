import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Logger } from 'pino';
import { Problem } from '../problem.ts';
import { ClickHouse } from './client.ts';
import { EmbeddedConnection } from './embedded.ts';

export interface OpenClickHouse {
  /** Where the embedded engine keeps its files; unused with a server. */
  dataDir: string;
  /** `CLICKHOUSE_URL`: `http://user:password@host:8123/database`. */
  url?: string;
  log: Logger;
  signal?: AbortSignal;
}

/** What fails is thrown to the caller, who logs it; the client's own words on the console would be a second time. */
const silent = { level: ClickHouseLogLevel.OFF };

/** Settings of every query, on both kinds of engine. */
const everywhere: ClickHouseSettings = {
  date_time_input_format: 'best_effort',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_escape_forward_slashes: 0,
  // A batch may tell of as many months as it likes; a refusal would be repeated by the sender for ever.
  max_partitions_per_insert_block: '0',
  // An aggregation over many people spills to disk instead of growing.
  max_bytes_before_external_group_by: '268435456',
  max_bytes_before_external_sort: '268435456',
};

/**
 * The embedded engine gives a query a second thread only where 1 GB is free for each by default, which is never with our
 * bound of 2 GB: a scan of a billion numbers took 0.55 s instead of 0.28 s on two cores.
 */
const embeddedOnly: ClickHouseSettings = { max_threads_min_free_memory_per_thread: '134217728' };

const database = 'rapport';

/** Opens the engine: embedded in this process, or the server at `CLICKHOUSE_URL`. */
export function openClickHouse(options: OpenClickHouse): Promise<ClickHouse> {
  return options.url ? openServer(options.url, options) : openEmbedded(options);
}

async function openEmbedded({ dataDir, log }: OpenClickHouse): Promise<ClickHouse> {
  const path = join(dataDir, 'clickhouse');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const connection = await EmbeddedConnection.open({ path, database, maxMemory: 2 * 1024 ** 3 });
  const client = createClient({
    connection,
    database,
    clickhouse_settings: { ...everywhere, ...embeddedOnly },
    log: silent,
  });
  return new ClickHouse(client, true, log, () => connection.close());
}

async function openServer(url: string, { log, signal }: OpenClickHouse): Promise<ClickHouse> {
  const where = withoutPassword(url);
  const named = new URL(url);
  const name = named.pathname.length > 1 ? named.pathname.slice(1) : database;
  named.pathname = '/';
  const bare = createClient({ url: named.href, log: silent });
  await reachable(bare, where, log, signal);
  await bare.command({
    query: 'CREATE DATABASE IF NOT EXISTS {name:Identifier} ENGINE = Atomic',
    query_params: { name },
  });
  await bare.close();
  const client = createClient({
    url: named.href,
    database: name,
    clickhouse_settings: everywhere,
    log: silent,
    // A computation over millions of people may be silent for long; giving up would not stop it in the server.
    request_timeout: 15 * 60_000,
    keep_alive: { enabled: true },
  });
  return new ClickHouse(client, false, log, () => client.close());
}

async function reachable(
  client: ReturnType<typeof createClient>,
  where: string,
  log: Logger,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (let wait = 250; ; wait = Math.min(wait * 2, 5_000)) {
    const answer = await client.ping({ select: true });
    if (answer.success) return;
    const cause = answer.error;
    if (performance.now() + wait > deadline || signal?.aborted) {
      throw new Problem(
        503,
        'clickhouse_unreachable',
        `ClickHouse at ${where} does not answer: ${reason(cause)}`,
        {
          hint: 'Check CLICKHOUSE_URL, or leave it out to use the embedded engine.',
          cause,
        },
      );
    }
    log.warn(`ClickHouse at ${where} does not answer yet (${reason(cause)}); trying again in ${wait} ms`);
    await sleep(wait, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

function reason(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return error.message || code || 'no reason given';
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}
