import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ClickHouseSettings, type createClient, parseError } from '@clickhouse/client';
import { formatQueryParams } from '@clickhouse/client-common';
import type { Session as ChdbSession, RawInsertFormat } from 'chdb';
import { Lane } from './lanes.ts';

/** The client's hook, as the client itself types it. */
type Connection = NonNullable<NonNullable<Parameters<typeof createClient>[0]>['connection']>;
type ConnBaseQueryParams = Parameters<Connection['query']>[0];

/** The engine in the process; `chdb` is loaded only when it is wanted (its library is 500 MB). */
export interface EmbeddedOptions {
  /** The engine's own directory. One process at a time. */
  path: string;
  database: string;
  /** Bounds in bytes; see ARCHITECTURE.md for what they were measured with. */
  maxMemory: number;
}

type SessionClass = typeof ChdbSession;

/**
 * chDB behind the `connection` hook of `@clickhouse/client`: a session of its own for every call, under one
 * root session kept open. So settings and parameters never leak into the next query, calls run in parallel,
 * results stream, and a call can be cancelled. Opening, asking and closing costs about 1 ms.
 */
export class EmbeddedConnection implements Connection {
  readonly #Session: SessionClass;
  readonly #root: ChdbSession;
  readonly #options: EmbeddedOptions;
  readonly #reads = new Lane(8);
  readonly #writes = new Lane(4);

  private constructor(Session: SessionClass, options: EmbeddedOptions) {
    this.#Session = Session;
    this.#options = options;
    this.#root = new Session(options.path, {
      connectionArgs: [
        `--max_server_memory_usage=${options.maxMemory}`,
        '--mark_cache_size=33554432',
        '--uncompressed_cache_size=0',
        '--background_pool_size=2',
        '--background_schedule_pool_size=2',
        '--storage_file_read_method=pread',
      ],
    });
    // The default database lacks what we need (EXCHANGE TABLES, refreshable views).
    this.#root.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(options.database)} ENGINE = Atomic`);
  }

  static async open(options: EmbeddedOptions): Promise<EmbeddedConnection> {
    const { Session } = await import('chdb');
    return new EmbeddedConnection(Session, options);
  }

  async query(params: ConnBaseQueryParams) {
    const id = params.query_id ?? randomUUID();
    const release = await this.#reads.enter(params.abort_signal);
    let session: ChdbSession | undefined;
    const stopWatching = this.#killOnAbort(id, params.abort_signal);
    const finish = () => {
      stopWatching();
      session?.close();
      release();
    };
    try {
      session = this.#session(params);
      const chunks = chunksOf(session, marked(id, params.query), isSelect.test(params.query));
      // Wait for the first chunk, so that an error is thrown here and not in the middle of the stream.
      const first = await chunks.next();
      const stream = Readable.from(bytesOf(first, chunks, finish), { objectMode: false });
      return { stream, query_id: id, response_headers: {}, http_status_code: 200 };
    } catch (error) {
      finish();
      throw asClickHouseError(error);
    }
  }

  async insert(params: ConnBaseQueryParams & { values: string | Readable }) {
    const values = await collect(params.values);
    const target = /^\s*INSERT INTO (\S+)\s*(?:\(([^)]*)\))?\s*FORMAT (\w+)\s*$/i.exec(params.query);
    if (!target) throw new Error(`Unexpected form of INSERT: ${params.query.slice(0, 200)}`);
    const result = { query_id: params.query_id ?? randomUUID(), response_headers: {}, http_status_code: 200 };
    if (values.length === 0) return result;
    await this.#withSession(this.#writes, params, (session) =>
      session.insert({
        table: target[1] as string,
        ...(target[2] ? { columns: target[2].split(',').map((name) => name.trim()) } : {}),
        format: target[3] as RawInsertFormat,
        values,
        settings: engineSettings(params.clickhouse_settings) as Record<string, string | number | boolean>,
      }),
    );
    return result;
  }

  async command(params: ConnBaseQueryParams) {
    const id = params.query_id ?? randomUUID();
    await this.#withSession(this.#writes, params, async (session) => {
      const stopWatching = this.#killOnAbort(id, params.abort_signal);
      try {
        await session.queryAsync(marked(id, params.query));
      } finally {
        stopWatching();
      }
    });
    return { query_id: id, response_headers: {}, http_status_code: 200 };
  }

  async exec(params: ConnBaseQueryParams & { values?: Readable }) {
    if (!params.values) return this.query(params);
    return { ...(await this.insert({ ...params, values: params.values })), stream: Readable.from([]) };
  }

  async ping() {
    try {
      await this.#withSession(this.#reads, {}, (session) => session.queryAsync('SELECT 1'));
      return { success: true } as const;
    } catch (error) {
      return { success: false, error: error as Error } as const;
    }
  }

  /** Stops merges, since a library unloaded under a running merge crashes the process, and lets go of the directory. */
  async close(): Promise<void> {
    this.#root.query('SYSTEM STOP MERGES');
    this.#root.close();
  }

  async #withSession<T>(
    lane: Lane,
    params: Partial<ConnBaseQueryParams>,
    use: (s: ChdbSession) => Promise<T>,
  ) {
    const release = await lane.enter(params.abort_signal);
    let session: ChdbSession | undefined;
    try {
      session = this.#session(params);
      return await use(session);
    } catch (error) {
      throw asClickHouseError(error);
    } finally {
      session?.close();
      release();
    }
  }

  /** Parameters go in as settings of the session: the binding call of chDB runs one query of the process at a time. */
  #session(params: Partial<ConnBaseQueryParams>): ChdbSession {
    const session = new this.#Session(this.#options.path);
    try {
      const set = Object.entries(engineSettings(params.clickhouse_settings)).map(
        ([name, value]) => `${quoteName(name)} = ${quoteText(String(value))}`,
      );
      for (const [name, value] of Object.entries(params.query_params ?? {})) {
        set.push(`${quoteName(`param_${name}`)} = ${quoteText(formatQueryParams({ value }))}`);
      }
      const use = `USE ${quoteName(this.#options.database)}`;
      const text = set.length > 0 ? `${use}; SET ${set.join(', ')}` : use;
      // A statement has 256 KB unless told otherwise, and a rule may list 10,000 values.
      if (text.length > 64 * 1024) session.query(`SET max_query_size = ${Buffer.byteLength(text) + 1}`);
      session.query(text);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** KILL QUERY from another session; asynchronous, since the synchronous form never returns. */
  #killOnAbort(id: string, signal: AbortSignal | undefined): () => void {
    if (!signal) return () => {};
    const kill = () => {
      const killer = new this.#Session(this.#options.path);
      killer
        .queryAsync(`KILL QUERY WHERE position(query, concat('rapport ', '${id}')) > 0 ASYNC`)
        .catch(() => {})
        .finally(() => killer.close());
    };
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    return () => signal.removeEventListener('abort', kill);
  }
}

/** Settings that exist only in ClickHouse's HTTP server; the client sends them by itself. */
const httpOnly = new Set(['wait_end_of_query', 'enable_http_compression', 'send_progress_in_http_headers']);

const engineSettings = (settings: ClickHouseSettings | undefined) =>
  Object.fromEntries(
    Object.entries(settings ?? {}).filter(([name, value]) => value !== undefined && !httpOnly.has(name)),
  );

function quoteName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new Error(`Invalid name: ${JSON.stringify(name)}`);
  return name;
}

/** A NUL would end the statement, which crosses into the engine as a C string. */
const quoteText = (text: string) =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;

/** A comment by which the query can be found and killed. */
const marked = (id: string, query: string) => `/* rapport ${id} */ ${query}`;

/** Only a SELECT streams; EXPLAIN, SHOW and the like answer at once. */
const isSelect = /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)*(?:SELECT|WITH)\b/i;

async function* chunksOf(session: ChdbSession, query: string, streams: boolean): AsyncGenerator<Uint8Array> {
  if (streams) for await (const chunk of session.queryStream(query)) yield chunk.raw();
  else yield (await session.queryAsync(query)).bytes();
}

type Chunks = AsyncGenerator<Uint8Array>;

async function* bytesOf(first: IteratorResult<Uint8Array>, rest: Chunks, finish: () => void) {
  try {
    for (let next = first; !next.done; next = await rest.next()) yield Buffer.from(next.value);
  } catch (error) {
    throw asClickHouseError(error);
  } finally {
    await rest.return(undefined);
    finish();
  }
}

async function collect(values: string | Readable): Promise<Buffer> {
  if (typeof values === 'string') return Buffer.from(values);
  const chunks: Buffer[] = [];
  for await (const chunk of values) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function asClickHouseError(error: unknown): Error {
  return error instanceof Error ? parseError(error.message) : new Error(String(error));
}
