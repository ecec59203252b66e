import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { type App, Problem } from '../engine/index.ts';
import { createLog, type Log, type LogMessage } from '../log/index.ts';
import { createProfiles, type Profiles } from './index.ts';

let t: TestEngine<readonly [Log, Profiles]>;
let profiles: Profiles;
let app: App;
const other = '018f3e00-0000-7000-8000-0000000000ff';

let serial = 0;
const message = (fields: Record<string, unknown>, workspace = t.workspace): LogMessage => ({
  workspace,
  source: 'http',
  receivedAt: t.clock.now(),
  message: JSON.stringify({ messageId: `m${++serial}`, timestamp: t.clock.now().toISOString(), ...fields }),
});
const identify = (userId: string, traits: Record<string, unknown>, at?: string) =>
  message({ type: 'identify', userId, traits, ...(at ? { timestamp: at } : {}) });

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createProfiles(engine, { log })] as const;
    },
  });
  const [log] = t.rooms;
  profiles = t.rooms[1];
  await log.append([
    identify(
      'ann@example.com',
      { first_name: 'Ann', last_name: 'Lee', email: 'ann@example.com' },
      '2026-06-01T00:00:00Z',
    ),
    identify('ann@example.com', { lifetime_value: 50, phone: '+1 312 555 0100' }, '2026-06-02T00:00:00Z'),
    identify('ann@example.com', { first_name: 'Old' }, '2026-05-01T00:00:00Z'),
    identify(
      'bob@example.com',
      { first_name: 'Bob', last_name: 'Änn', lifetime_value: '12.5' },
      '2026-06-03T00:00:00Z',
    ),
    identify('bob@example.com', { phone: '1' }, '2026-06-03T00:00:00Z'),
    identify('bob@example.com', { phone: null }, '2026-06-04T00:00:00Z'),
    identify('a/b?c#d%e', { first_name: `Rob"'); DROP TABLE messages; --` }, '2026-01-05T00:00:00Z'),
    message({
      type: 'track',
      anonymousId: 'anon-1',
      event: 'Cart',
      timestamp: '2026-05-20T10:00:00Z',
      properties: { sku: 'A' },
    }),
    message({
      type: 'identify',
      anonymousId: 'anon-1',
      traits: { city: 'Chicago', first_name: 'Guest' },
      timestamp: '2026-05-20T10:00:00Z',
    }),
    message({
      type: 'track',
      userId: 'ann@example.com',
      anonymousId: 'anon-1',
      event: 'Order Completed',
      timestamp: '2026-05-21T10:00:00Z',
      properties: { revenue: 20 },
    }),
    message({ type: 'track', userId: 'ann@example.com', event: 'Cart', timestamp: '2026-05-22T10:00:00Z' }),
    { ...identify('ann@example.com', { first_name: 'Elsewhere' }), workspace: other },
  ]);
  app = Fastify({ routerOptions: { maxParamLength: 3_000 } }) as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.code(error.status).send(error.toJSON()) : reply.send(error),
  );
  app.addHook('onRequest', async (request) => {
    Object.assign(request, { workspace: { id: t.workspace, name: 'Shop', timezone: 'UTC' } });
  });
  await profiles.routes?.(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await t?.close();
});

const get = async (url: string) => {
  const answer = await app.inject({ url });
  return { status: answer.statusCode, body: answer.json() };
};

test('the list shows everybody of the workspace, last seen first', async () => {
  const { body } = await get('/api/people');
  expect(body.items.map((p: { id: string }) => p.id)).toEqual([
    'bob@example.com',
    'ann@example.com',
    'a/b?c#d%e',
  ]);
  expect(body.total).toBe(3);
  expect(body.next_cursor).toBeNull();
  expect(body.items[1]).toEqual({
    id: 'ann@example.com',
    first_name: 'Ann',
    last_name: 'Lee',
    email: 'ann@example.com',
    phone: '+1 312 555 0100',
    store_location: null,
    lifetime_value: 50,
    last_seen: '2026-06-02T00:00:00.000Z',
  });
  expect(body.items[0]).toMatchObject({ lifetime_value: 12.5, phone: null });
});

test('pages follow each other without gap or repetition', async () => {
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body }: { body: { items: { id: string }[]; total: number; next_cursor: string | null } } =
      await get(`/api/people?limit=1&cursor=${cursor}`);
    expect(body.total).toBe(3);
    seen.push(...body.items.map((p) => p.id));
    cursor = body.next_cursor;
  }
  expect(seen).toEqual(['bob@example.com', 'ann@example.com', 'a/b?c#d%e']);
  const { status, body } = await get('/api/people?cursor=nonsense');
  expect([status, body.error.code, body.error.field]).toEqual([400, 'bad_cursor', 'cursor']);
});

const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

test.each([
  ['/api/people?cursor=', ['abc', 'x']],
  ['/api/people?cursor=', ['2026-13-45 99:99:99.999', 'x']],
  ['/api/people?cursor=', ['99999999999999', 'x']],
  ['/api/people?cursor=', [1, 'x']],
  ['/api/people/ann%40example.com/timeline?before=', ['x', 'y']],
  ['/api/people/ann%40example.com/timeline?before=', ['-99999999999999', 'y']],
  ['/api/people/ann%40example.com/timeline?before=', ['', 'y']],
])('a cursor the list did not give out is refused: %s%j', async (url, parts) => {
  const { status, body } = await get(`${url}${cursor(...parts)}`);
  expect([status, body.error.code]).toEqual([400, 'bad_cursor']);
});

test.each(['9999-12-31', '0001-01-01', '1960-02-03T04:05:06Z'])('the timeline before %s', async (before) => {
  const { status, body } = await get(`/api/people/ann%40example.com/timeline?before=${before}`);
  expect([status, body.items.length]).toEqual([200, before > '2026' ? 3 : 0]);
});

test('an id with NUL is nobody, whatever upper rooms would ask with it', async () => {
  expect((await get('/api/people/a%00b')).status).toBe(404);
  expect((await get('/api/people/a%00b/timeline')).status).toBe(404);
  expect((await get(`/api/people?search=a%00b`)).body.items).toEqual([]);
  expect((await get(`/api/people?cursor=${cursor('0', 'a\0b')}`)).status).toBe(400);
});

test.each([
  ['ANN', ['ann@example.com']],
  ['än', ['bob@example.com']],
  ['lee ann', ['ann@example.com']],
  ['lee bob', []],
  ['555 0100', ['ann@example.com']],
  ['@example', ['ann@example.com', 'bob@example.com']],
  ['c#d', ['a/b?c#d%e']],
  [`"'); drop`, ['a/b?c#d%e']],
  ['%', ['a/b?c#d%e']],
])('searching %j', async (search, expected) => {
  const { body } = await get(`/api/people?search=${encodeURIComponent(search)}`);
  expect(body.items.map((p: { id: string }) => p.id).sort()).toEqual(expected.toSorted());
  expect(body.total).toBe(expected.length);
});

test('a person has the newest attributes, with the history from before they were known', async () => {
  const { body } = await get(`/api/people/${encodeURIComponent('ann@example.com')}`);
  expect(body).toMatchObject({
    id: 'ann@example.com',
    first_seen: '2026-05-01T00:00:00.000Z',
    last_seen: '2026-06-02T00:00:00.000Z',
    segments: [],
    emails: [],
  });
  const values = Object.fromEntries(
    body.attributes.map((a: { name: string; value: unknown }) => [a.name, a.value]),
  );
  expect(values).toEqual({
    first_name: 'Ann',
    last_name: 'Lee',
    email: 'ann@example.com',
    lifetime_value: 50,
    phone: '+1 312 555 0100',
    city: 'Chicago',
  });
  expect(body.events).toEqual([
    { name: 'Cart', count: 2, first: '2026-05-20T10:00:00.000Z', last: '2026-05-22T10:00:00.000Z' },
    {
      name: 'Order Completed',
      count: 1,
      first: '2026-05-21T10:00:00.000Z',
      last: '2026-05-21T10:00:00.000Z',
    },
  ]);
  expect((await get('/api/people/anon-1')).body.id).toBe('ann@example.com');
});

test('ids of any form are found', async () => {
  const { status, body } = await get(`/api/people/${encodeURIComponent('a/b?c#d%e')}`);
  expect([status, body.id]).toEqual([200, 'a/b?c#d%e']);
  expect((await get('/api/people/nobody')).status).toBe(404);
});

test('the timeline goes backwards page by page', async () => {
  const first = await get('/api/people/ann%40example.com/timeline?limit=2');
  expect(first.body.items.map((e: { name: string }) => e.name)).toEqual(['Cart', 'Order Completed']);
  expect(first.body.items[1]).toEqual({
    message_id: expect.stringMatching(/^m\d+$/),
    time: '2026-05-21T10:00:00.000Z',
    type: 'track',
    name: 'Order Completed',
    source: 'http',
    properties: { revenue: 20 },
  });
  const second = await get(`/api/people/ann%40example.com/timeline?before=${first.body.next_before}`);
  expect(second.body.items.map((e: { time: string }) => e.time)).toEqual(['2026-05-20T10:00:00.000Z']);
  expect(second.body.next_before).toBeNull();
  const before = await get('/api/people/ann%40example.com/timeline?before=2026-05-21T00:00:00Z');
  expect(before.body.items).toHaveLength(1);
});

test('the timeline takes a name once or several times', async () => {
  const names = async (query: string) =>
    (await get(`/api/people/ann%40example.com/timeline?${query}`)).body.items.map(
      (event: { name: string }) => event.name,
    );
  expect(await names('name=Order%20Completed')).toEqual(['Order Completed']);
  expect(await names('name=Order%20Completed&name=Cart&type=track&type=page')).toHaveLength(3);
  expect(await names('type=page')).toEqual([]);
  expect(await names('text=SKU')).toEqual(['Cart']);
});

test('attributes of many people come as values, the newest of each', async () => {
  const found = await profiles.attributesOf(t.workspace, [
    'ann@example.com',
    'bob@example.com',
    'anon-1',
    'nobody',
  ]);
  expect([...found.keys()].sort()).toEqual(['ann@example.com', 'bob@example.com']);
  expect(found.get('bob@example.com')).toEqual({
    first_name: 'Bob',
    last_name: 'Änn',
    lifetime_value: '12.5',
  });
  expect(await profiles.attributesOf(t.workspace, [])).toEqual(new Map());
});

test('people are counted, new ones apart', async () => {
  expect(await profiles.count(t.workspace)).toEqual({
    total: 3,
    new_30_days: 1,
    as_of: t.clock.now().toISOString(),
  });
});

test('upper rooms add panels and filters', async () => {
  await expect(profiles.list(t.workspace, { limit: 5, segment: other })).rejects.toThrow(Problem);
  profiles.addPanel('segments', async (_workspace, id) => [
    { id: 's', name: `of ${id}`, since: '2026-01-01T00:00:00Z' },
  ]);
  profiles.addFilter('segment', async () => ({
    sql: 'SELECT sipHash64(arrayJoin({wanted:Array(String)})) AS person',
    params: { wanted: ['ann@example.com', 'nobody'] },
  }));
  expect((await get('/api/people/ann%40example.com')).body.segments[0].name).toBe('of ann@example.com');
  const { body } = await get(`/api/people?segment=${other}&search=example`);
  expect([body.total, body.items[0].id]).toEqual([1, 'ann@example.com']);
});

test('a search tells first whom it names whole, page by page', async () => {
  const names = ['kimura', 'kim', 'takimoto', 'kimball', 'hakim'];
  await t.rooms[0].append(names.map((name) => identify(`surname ${name}`, { last_name: name })));
  const found: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { body }: { body: { items: { last_name: string }[]; total: number; next_cursor: string | null } } =
      await get(`/api/people?search=kim&limit=2&cursor=${next}`);
    expect(body.total).toBe(names.length);
    found.push(...body.items.map(({ last_name }) => last_name));
    next = body.next_cursor;
  }
  expect(found[0]).toBe('kim');
  expect(found.slice(1, 3).sort()).toEqual(['kimball', 'kimura']);
  expect(found.slice(3).sort()).toEqual(['hakim', 'takimoto']);
});
