import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openConnections, type TestConnections, usualMapping } from '../../test/support/connections.ts';

let t: TestConnections;
let server: Server;
let elsewhere: Server;
/** What lies there, and how the server speaks of it. */
let content = '';
let names: 'etag' | 'modified' | 'nothing' = 'etag';
let modified = new Date('2026-06-01T00:00:00Z');
let asked: IncomingMessage[] = [];
let strayed: IncomingMessage[] = [];
const url = (of = server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

beforeAll(async () => {
  t = await openConnections();
  elsewhere = createServer((request, response) => {
    strayed.push(request);
    response.end('id,email\n1,a@shop.example\n');
  });
  server = createServer((request, response) => {
    asked.push(request);
    if (request.url === '/away') return response.writeHead(302, { location: url(elsewhere) }).end();
    if (request.url === '/talks') {
      const said = { message: `no such token ${request.headers['x-token']}` };
      return response.writeHead(401).end(JSON.stringify(said));
    }
    const etag = `"${createHash('sha256').update(content).digest('hex')}"`;
    if (names === 'etag') response.setHeader('etag', etag);
    if (names === 'modified') response.setHeader('last-modified', modified.toUTCString());
    const same =
      (names === 'etag' && request.headers['if-none-match'] === etag) ||
      (names === 'modified' && request.headers['if-modified-since'] === modified.toUTCString());
    if (same) return response.writeHead(304).end();
    response.end(content);
  });
  for (const one of [server, elsewhere]) await new Promise<void>((go) => one.listen(0, '127.0.0.1', go));
});
afterEach(async () => {
  asked = [];
  strayed = [];
  await t.clear();
});
afterAll(async () => {
  for (const one of [server, elsewhere]) one?.close().closeAllConnections();
  await t?.close();
});

const mapping = {
  identity: 'email',
  fields: [
    { field: 'email', attribute: 'email' },
    { field: 'name', attribute: 'first_name' },
  ],
};
const connect = (path = '/people.csv', more: object = {}) =>
  t.connect('file', {
    kind: 'file',
    settings: { url: url() + path, id: 'id' },
    credentials: { secret: 'Bearer hush' },
    mapping,
    ...more,
  });
const get = (id: string) => t.connections.get(t.workspace, id);

describe.each(['etag', 'modified', 'nothing'] as const)('a server that says %s', (how) => {
  test('unchanged it is one call; changes and removals arrive', async () => {
    names = how;
    content = 'id,email,name\n1,ann@shop.example,Ann\n2,Bob@shop.example,Bob\n3,cy@shop.example,\n';
    const id = await connect();
    expect(await get(id)).toMatchObject({ state: 'in_sync', records: 3, trouble: null });
    expect(asked[0]?.headers.authorization).toBe('Bearer hush');
    asked = [];
    const still = await t.sync(id);
    expect(still.last_run).toMatchObject({ kind: 'probe', calls: 1, seen: 0 });
    expect(asked).toHaveLength(1);
    if (how !== 'nothing') expect(still.last_run!.bytes).toBe(0);
    modified = new Date(modified.getTime() + 60_000);
    content = 'id,email,name\n1,ann@shop.example,Anna\n3,cy@shop.example,Cy\n4,di@shop.example,Di\n';
    const synced = await t.sync(id);
    expect(synced).toMatchObject({ state: 'in_sync', records: 3 });
    expect(synced.last_run).toMatchObject({ kind: 'full', seen: 3, changed: 3, removed: 1 });
    const people = await t.people();
    expect(people['ann@shop.example']).toMatchObject({ first_name: 'Anna', on_file: 'listed' });
    expect(people['bob@shop.example']).not.toHaveProperty('on_file');
    expect(people['di@shop.example']).toMatchObject({ on_file: 'listed' });
  });
});

describe('formats', () => {
  test.each([
    ['a JSON array', '[{"id":1,"email":"json@shop.example","name":"J"}]'],
    ['JSON Lines', '{"id":1,"email":"json@shop.example","name":"J"}\n'],
    ['CSV with semicolons and a byte order mark', '\uFEFFid;email;name\r\n1;json@shop.example;"J"\r\n'],
  ])('%s', async (_, text) => {
    content = text;
    await connect();
    expect((await t.people())['json@shop.example']).toMatchObject({ first_name: 'J', on_file: 'listed' });
  });

  test.each([
    ['cut off', '[{"id":1,', 'unreadable'],
    ['with another number of columns', 'id,email\n1,a@shop.example,x\n', 'unreadable'],
    ['without the column that names a record', 'email\na@shop.example\n', 'misconfigured'],
    ['of something else', '[null]', 'misconfigured'],
    ['of one line', '<h1>Down for maintenance</h1>', 'misconfigured'],
    ['of nothing', ' \n', 'unreadable'],
  ])('a file %s is said so, and nothing is removed', async (_, text, code) => {
    content = 'id,email\n1,stays@shop.example\n';
    const id = await connect();
    content = text;
    expect(await t.sync(id)).toMatchObject({ trouble: { code }, records: 1 });
    expect((await t.people())['stays@shop.example']).toMatchObject({ on_file: 'listed' });
  });
});

describe('secrets', () => {
  test('do not follow to where the file is said to be', async () => {
    const id = await connect('/away', {
      settings: { url: `${url()}/away`, id: 'id', header: 'X-Token' },
    });
    expect(await get(id)).toMatchObject({ state: 'in_sync' });
    expect(asked[0]?.headers['x-token']).toBe('Bearer hush');
    expect(strayed.length).toBeGreaterThan(0);
    for (const { headers } of strayed) expect(JSON.stringify(headers)).not.toContain('hush');
  });

  test('are in no answer, no error and no line of the log, even when the other repeats them', async () => {
    names = 'etag';
    content = 'id,email\n1,a@shop.example\n';
    const key = t.mailchimp.account.key;
    t.mailchimp.account.addList({ id: 'quiet' }).add({ email: 'q@shop.example' });
    t.lines.length = 0;
    const answers: string[] = [];
    const ask = async (method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object) => {
      const { body } = await t.app.inject({
        method,
        url: `/api/connections${path}`,
        ...(payload ? { payload } : {}),
      });
      answers.push(body);
      return JSON.parse(body) as { id: string };
    };
    const settings = { url: `${url()}/talks`, id: 'id', header: 'X-Token' };
    const credentials = { secret: 'hush-hush' };
    const { id: talks } = await ask('POST', '', {
      name: 'Talks',
      kind: 'file',
      settings,
      credentials,
      mapping,
    });
    const sink = { kind: 'data_api', url: `${url()}/talks`, header: 'X-Token' };
    const { id: list } = await ask('POST', '', {
      name: 'List',
      kind: 'mailchimp',
      settings: { list: 'quiet' },
      credentials: { key },
      mapping: usualMapping,
      sinks: [sink],
      sink_credentials: { data_api: { secret: 'hush-hush' } },
    });
    await t.connections.idle();
    await ask('POST', '/test', { kind: 'file', settings, credentials });
    await ask('POST', '/test', { kind: 'mailchimp', settings: { list: 'none' }, credentials: { key } });
    await ask('PATCH', `/${talks}`, { settings, credentials: { secret: 5 } });
    for (const id of [talks, list]) {
      for (const path of ['', '/runs', '/dead-letters', '/fields']) await ask('GET', `/${id}${path}`);
      await ask('POST', `/${id}/full`);
      await t.connections.idle();
    }
    await ask('GET', '');
    await ask('GET', '/kinds');
    expect((await get(talks)).trouble).toMatchObject({ code: 'credentials_refused' });
    expect((await get(list)).trouble).toMatchObject({ code: 'credentials_refused' });
    const told = answers.join('\n') + t.lines.join('\n');
    expect(t.lines.length).toBeGreaterThan(0);
    for (const secret of ['hush-hush', key, Buffer.from(`rapport:${key}`).toString('base64')]) {
      expect(told.includes(secret)).toBe(false);
    }
    const { rows } = await t.engine.postgres.pool.query('SELECT * FROM connections');
    expect(JSON.stringify(rows)).not.toContain('hush-hush');
  });
});

test('another workspace gets 404 on every route', async () => {
  content = 'id,email\n1,a@shop.example\n';
  const id = await connect();
  const [mine] = await t.access.workspaces.list();
  t.as(await t.access.workspaces.create('Another', 'UTC'));
  const routes: ['GET' | 'POST' | 'PATCH' | 'DELETE', string, object?][] = [
    ['GET', ''],
    ['PATCH', '', { name: 'Mine now' }],
    ['DELETE', ''],
    ['GET', '/fields'],
    ...['run', 'full', 'pause', 'resume', 'confirm-removals'].map((act): ['POST', string] => [
      'POST',
      `/${act}`,
    ]),
    ['GET', '/runs'],
    ['GET', '/dead-letters'],
    ['POST', '/dead-letters/replay', {}],
  ];
  for (const [method, path, payload] of routes) {
    const { statusCode } = await t.app.inject({
      method,
      url: `/api/connections/${id}${path}`,
      ...(payload ? { payload } : {}),
    });
    expect(`${method} ${path} ${statusCode}`).toBe(`${method} ${path} 404`);
  }
  expect((await t.app.inject('/api/connections')).json()).toEqual({ items: [] });
  t.as(mine!);
  expect(await get(id)).toMatchObject({ name: 'List file', state: 'in_sync' });
});
