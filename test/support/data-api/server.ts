/**
 * A stand-in for the other system that people are sent to: POST of a JSON array of {id, firstname, lastname, email},
 * taken by id (who is there already is replaced); DELETE {url}/{id}. A real HTTP server, in a test's own process or
 * in another one (`node test/support/data-api/server.ts --port 4400 --secret s3cret`; GET gives what it holds).
 *
 * A batch is taken whole or not at all, and an answer of 400 or 422 does not say which record was at fault: so it is
 * with many such systems, and it is the case that is hardest to deal with. Other properties of a record are kept as
 * they are. Nothing was published of the system it stands for but these two calls and the header's name.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { deliver, Faults, isWireFault, type WireFault } from '../faults.ts';

export type DataApiFault =
  | WireFault
  /** Before anything was done; `retryAfter` is the header as it is. */
  | { kind: 'fails'; status: 429 | 500 | 502 | 503; retryAfter?: string }
  /** 500, although all was done. */
  | { kind: 'applied_500' }
  /** 500, and the first half of the batch was done. */
  | { kind: 'half_500' }
  /** All was done; the connection ends before the answer. */
  | { kind: 'applied_cut' };

export interface DataApiCall {
  /** From 1 since the last reset. */
  n: number;
  method: string;
  /** Of a DELETE. */
  id: string | undefined;
  records: DataRecord[];
}

export interface DataRecord {
  id: string;
  [property: string]: unknown;
}

export interface DataApiCalls {
  total: number;
  posts: number;
  deletes: number;
  /** Of bodies received. */
  bytes: number;
  /** Records received, whatever was done with them. */
  records: number;
  byStatus: Record<number, number>;
}

export interface DataApiOptions {
  port?: number;
  header?: string;
  /** What the header must hold, to the letter. */
  secret?: string;
  /** Records in a batch; more are a 413. */
  most?: number;
  /** The status for a batch with a record that cannot be taken. */
  refusal?: 400 | 422;
  /** Besides those without an id, or whose email is none. */
  refuses?: (record: DataRecord) => boolean;
  /** The status for DELETE of who is not there. */
  missing?: 404 | 204;
}

export interface DataApi {
  url: string;
  /** By id, as last written. */
  records: Map<string, DataRecord>;
  /** How many times each id was written. */
  writes: Map<string, number>;
  /** How many times each id was deleted, there or not. */
  deletions: Map<string, number>;
  calls: DataApiCalls;
  resetCalls(): void;
  faults: Faults<DataApiFault, DataApiCall>;
  /** Can be changed at any time. */
  settings: Required<Omit<DataApiOptions, 'port'>>;
  onRequest?: ((call: DataApiCall) => void | Promise<void>) | undefined;
  close(): Promise<void>;
}

const noCalls = (): DataApiCalls => ({ total: 0, posts: 0, deletes: 0, bytes: 0, records: 0, byStatus: {} });

export async function startDataApi({ port = 0, ...options }: DataApiOptions = {}): Promise<DataApi> {
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.keepAliveTimeout = 60_000;
  const it: DataApi = {
    url: '',
    records: new Map(),
    writes: new Map(),
    deletions: new Map(),
    calls: noCalls(),
    resetCalls: () => {
      it.calls = noCalls();
    },
    faults: new Faults(),
    settings: {
      header: 'Authorisation',
      secret: 'secret',
      most: Number.POSITIVE_INFINITY,
      refusal: 422,
      refuses: () => false,
      missing: 404,
      ...options,
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await text(request);
    const { method = 'GET', url = '/' } = request;
    const call = { n: ++it.calls.total, method, id: idOf(url), records: recordsOf(sent) };
    it.calls.bytes += Buffer.byteLength(sent);
    if (method === 'POST') it.calls.posts++;
    if (method === 'DELETE') it.calls.deletes++;
    it.calls.records += call.records.length;
    await it.onRequest?.(call);
    const fault = it.faults.take(call);
    const { status, value, headers = {} } = outcome(request, call, fault);
    if (fault?.kind === 'slow') await pause(fault.ms);
    it.calls.byStatus[status] = (it.calls.byStatus[status] ?? 0) + 1;
    const body = Buffer.from(value === undefined ? '' : JSON.stringify(value));
    const wire: WireFault | undefined =
      fault?.kind === 'applied_cut' ? { kind: 'cut' } : fault && isWireFault(fault) ? fault : undefined;
    await deliver(
      response,
      { status, headers: { 'content-type': 'application/json', ...headers }, body },
      wire,
    );
  }

  function outcome(request: IncomingMessage, call: DataApiCall, fault?: DataApiFault): Outcome {
    const { header, secret, most, refusal, refuses, missing } = it.settings;
    if (request.headers[header.toLowerCase()] !== secret) return error(401, 'The secret is wrong.');
    if (fault?.kind === 'fails') {
      return {
        ...error(fault.status, 'Try again later.'),
        headers: fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter },
      };
    }
    // The connection ends before the server took notice.
    if (fault?.kind === 'cut') return { status: 0, value: undefined };
    if (call.method === 'GET') return { status: 200, value: [...it.records.values()] };
    if (call.method === 'DELETE' && call.id) {
      const there = it.records.delete(call.id);
      it.deletions.set(call.id, (it.deletions.get(call.id) ?? 0) + 1);
      if (fault?.kind === 'applied_500' || fault?.kind === 'half_500') return error(500, 'Something broke.');
      return there || missing === 204
        ? { status: 204, value: undefined }
        : error(404, 'There is no such record.');
    }
    if (call.method !== 'POST' || call.id) return error(405, 'POST an array, or DELETE one id.');
    const { records } = call;
    if (records.length > most) return error(413, 'The batch is too large.');
    if (records.length === 0 || records.some((record) => unfit(record) || refuses(record))) {
      return error(refusal, 'The batch holds a record that cannot be taken.');
    }
    const done = fault?.kind === 'half_500' ? records.slice(0, Math.ceil(records.length / 2)) : records;
    for (const record of done) {
      it.records.set(record.id, record);
      it.writes.set(record.id, (it.writes.get(record.id) ?? 0) + 1);
    }
    if (fault?.kind === 'applied_500' || fault?.kind === 'half_500') return error(500, 'Something broke.');
    return { status: 200, value: { accepted: records.length } };
  }

  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  it.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/people`;
  return it;
}

interface Outcome {
  status: number;
  value: unknown;
  headers?: Record<string, string>;
}

const error = (status: number, message: string): Outcome => ({ status, value: { error: message } });

const idOf = (path: string) => {
  const id = /^\/people\/([^/?]+)$/.exec(path)?.[1];
  return id === undefined ? undefined : decodeURIComponent(id);
};

/** What is no JSON array counts as an empty one, which is refused. */
function recordsOf(sent: string): DataRecord[] {
  try {
    const value: unknown = JSON.parse(sent);
    return Array.isArray(value) ? (value as DataRecord[]) : [];
  } catch {
    return [];
  }
}

function unfit(record: unknown): boolean {
  if (record === null || typeof record !== 'object') return true;
  const { id, email } = record as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') return true;
  return email !== undefined && !(typeof email === 'string' && /^\S+@\S+$/.test(email));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      secret: { type: 'string', default: 'secret' },
      header: { type: 'string', default: 'Authorisation' },
    },
  });
  const { port, secret, header } = values;
  const api = await startDataApi({ port: Number(port), secret, header });
  console.log(`url=${api.url} header=${header}`);
}
