import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Session as ChdbSession } from 'chdb';

const { Session } = createRequire(import.meta.url)('chdb') as { Session: typeof ChdbSession };

/**
 * A small front that serves chDB over ClickHouse's HTTP interface, so that the path to a server is tested with
 * the real client over a real wire. Of the interface it follows: `POST /` with the statement in the body or in
 * `query` with data in the body; `database`, `param_*` and settings in the query string; `GET /ping`; 500 with
 * `X-ClickHouse-Exception-Code` and the exception's text. It leaves out: authentication, sessions, compression,
 * progress headers, external data and roles.
 */
export async function startClickHouseFront(path: string): Promise<{ url: string; close(): Promise<void> }> {
  const root = new Session(path);
  const server = createServer((request, response) => {
    answer(path, request, response).catch((error: Error) => {
      const code = /Code: (\d+)/.exec(error.message)?.[1] ?? '1000';
      response.writeHead(500, { 'x-clickhouse-exception-code': code });
      response.end(error.message.replace(/^Query failed: /, ''));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => close(server, root),
  };
}

/** Settings of the HTTP layer, not of the engine. */
const ofHttp = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'wait_end_of_query',
  'enable_http_compression',
  'session_id',
]);

async function answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://front');
  if (url.pathname === '/ping') return void response.end('Ok.\n');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const given = url.searchParams.get('query');
  const session = new Session(path);
  try {
    const database = url.searchParams.get('database');
    if (database && database !== 'default') session.query(`USE ${database}`);
    for (const [name, value] of url.searchParams) {
      if (!ofHttp.has(name)) session.query(`SET ${name} = ${quote(value)}`);
    }
    if (given && /^\s*INSERT INTO .* FORMAT \w+\s*$/is.test(given)) {
      const [, table, columns, format] =
        /INSERT INTO (\S+)\s*(?:\((.*)\))?\s*FORMAT (\w+)/is.exec(given) ?? [];
      await session.insert({
        table: table as string,
        ...(columns ? { columns: columns.split(',').map((c) => c.trim()) } : {}),
        format: format as 'JSONEachRow',
        values: body,
      });
      response.end();
      return;
    }
    const result = await session.queryAsync(given ?? body.toString('utf8'), { format: 'JSONEachRow' });
    response.end(Buffer.from(result.bytes()));
  } finally {
    session.close();
  }
}

const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function close(server: Server, root: ChdbSession): Promise<void> {
  return new Promise((done) => {
    server.closeAllConnections();
    server.close(() => {
      root.query('SYSTEM STOP MERGES');
      root.close();
      done();
    });
  });
}
