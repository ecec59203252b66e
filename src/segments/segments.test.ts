import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { type App, adhoc, Problem } from '../engine/index.ts';
import { createLog, type Log } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { nothingElse } from './context.ts';
import { createSegments, type MembershipChange, ruleFromLoyaltyTarget, type Segments } from './index.ts';
import { computeMembership, type Stage } from './membership.ts';
import { openStore } from './store.ts';

let t: TestEngine<readonly [Log, Profiles, Segments]>;
let segments: Segments;
/** The same log, which the background does not hear of: for tests that compute by themselves. */
let quiet: Log;
let app: App;
let workspace: string;
let count = 0;
let serial = 0;
const changes: [string, string, number][] = [];

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [
        log,
        profiles,
        createSegments(engine, { log, profiles }, { pauseMs: 1, restFactor: 0 }),
      ] as const;
    },
  });
  segments = t.rooms[2];
  quiet = createLog(t.engine);
  segments.onChange((...change) => changes.push(change));
  app = Fastify() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.code(error.status).send(error.toJSON()) : reply.send(error),
  );
  app.addHook('onRequest', async (request) => {
    Object.assign(request, { workspace: { id: workspace, name: 'Shop', timezone: 'UTC' } });
  });
  await t.rooms[1].routes?.(app);
  await segments.routes?.(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await t?.close();
});
beforeEach(() => {
  workspace = `018f3e00-0000-7000-8000-${String(++count).padStart(12, '0')}`;
  t.clock.advance(1_000);
});

const computing = () => ({
  clickhouse: t.engine.clickhouse,
  clock: t.clock,
  messages: t.rooms[0],
  elsewhere: nothingElse(),
});
const send = (...messages: object[]) => sendTo(t.rooms[0], messages);
const sendQuietly = (...messages: object[]) => sendTo(quiet, messages);
const sendTo = (log: Log, messages: object[]) =>
  log.append(
    messages.map((message) => ({
      workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        messageId: `m${++serial}`,
        timestamp: t.clock.now().toISOString(),
        ...message,
      }),
    })),
  );
const person = (userId: string, traits: object = {}) => ({ type: 'identify', userId, traits });
const order = (userId: string, revenue: number) => ({
  type: 'track',
  userId,
  event: 'Order Completed',
  properties: { revenue },
});
const chicago = { attribute: 'city', operator: 'equals', value: 'Chicago' };
const computedNow = async () => {
  t.clock.advance(1_000);
  await segments.recompute(workspace);
};
async function gather<T>(batches: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
const membersOf = async (id: string) => (await gather(segments.membersOf(workspace, id))).sort();
/** Entering and leaving as others see it: events of the log. */
const announced = () =>
  t.engine.clickhouse.rows<{ profile: string; name: string; segment: string; title: string }>(
    adhoc(
      'announced',
      `SELECT profile, name, JSONExtractString(properties, 'segment_id') AS segment,
         JSONExtractString(properties, 'segment_name') AS title
       FROM profile_events WHERE workspace = {workspace:UUID} AND name LIKE 'Segment %' ORDER BY time, profile, name`,
    ),
    { workspace },
  );
/** Waits for the background, which has nothing to tell by but its result. */
async function until<T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (tries > 1_000) throw new Error(`still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test('people enter and leave; each change is an event, and listeners are told', async () => {
  await send(
    person('ann', { city: 'Chicago' }),
    person('bob', { city: 'Boston' }),
    person(`o'"\\é`, { city: 'Chicago' }),
  );
  const { id } = await segments.create(workspace, { name: `Chi "cago" \\ é`, rule: chicago });
  await computedNow();
  expect(await membersOf(id)).toEqual(['ann', `o'"\\é`]);
  const first = await segments.get(workspace, id);
  expect(first).toMatchObject({ members: 2, computing: false, rule: chicago });

  // The background may compute what follows before this test does: it is of a later instant either way.
  t.clock.advance(1_000);
  await send(person('ann', { city: 'Boston' }), person('bob', { city: 'Chicago' }));
  await computedNow();
  expect(await membersOf(id)).toEqual(['bob', `o'"\\é`]);
  const second = await segments.get(workspace, id);
  expect(second.members).toBe(2);
  expect(second.as_of! > first.as_of!).toBe(true);

  const version = await segments.finishedVersion(workspace, id);
  const all = await gather<MembershipChange>(segments.changesSince(workspace, id, 0, version));
  expect(all.map(({ profile, change }) => `${profile} ${change}`)).toEqual([
    'ann entered',
    `o'"\\é entered`,
    'ann left',
    'bob entered',
  ]);
  expect(await gather(segments.changesSince(workspace, id, version, version))).toEqual([]);
  expect((await announced()).map(({ profile, name }) => `${profile}: ${name}`)).toEqual([
    'ann: Segment Entered',
    `o'"\\é: Segment Entered`,
    'ann: Segment Left',
    'bob: Segment Entered',
  ]);
  expect((await announced())[0]).toMatchObject({ segment: id, title: `Chi "cago" \\ é` });
  expect(changes.filter(([where]) => where === workspace).at(-1)).toEqual([workspace, id, version]);
});

test('nothing new: the version stays, as_of moves', async () => {
  await send(person('ann', { city: 'Chicago' }));
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  await computedNow();
  const version = await segments.finishedVersion(workspace, id);
  const { as_of } = await segments.get(workspace, id);
  await computedNow();
  expect(await segments.finishedVersion(workspace, id)).toBe(version);
  expect((await segments.get(workspace, id)).as_of! > as_of!).toBe(true);
});

test.each<Stage>(['changes written', 'announced'])(
  'killed when %s: repeated, nothing is doubled',
  async (stage) => {
    await sendQuietly(person('ann', { city: 'Chicago' }), person('bob', { city: 'Chicago' }));
    const store = openStore(t.engine);
    const { id } = await store.insert(workspace, 'Chicago', chicago as never);
    const killed = computeMembership(computing(), store, workspace, id, {
      interrupt: (at) => {
        if (at === stage) throw new Error('killed');
      },
    });
    await expect(killed).rejects.toThrow('killed');
    expect(await membersOf(id)).toEqual([]);
    // What happened meanwhile belongs to a computation of its own: those announced did enter.
    await sendQuietly(person('ann', { city: 'Boston' }));
    t.clock.advance(60_000);
    expect(await computeMembership(computing(), store, workspace, id)).toEqual({
      version: 2,
      entered: 2,
      left: 1,
    });
    expect(await membersOf(id)).toEqual(['bob']);
    const all = await gather(segments.changesSince(workspace, id, 0, 2));
    expect(all.map(({ version, profile }) => `${version} ${profile}`)).toEqual(['1 ann', '1 bob', '2 ann']);
    expect((await segments.get(workspace, id)).members).toBe(1);
    expect((await announced()).map(({ profile, name }) => `${profile}: ${name}`)).toEqual([
      'ann: Segment Entered',
      'bob: Segment Entered',
      'ann: Segment Left',
    ]);
  },
);

test('killed while changes were being written: what was half there is asked again', async () => {
  await sendQuietly(person('ann', { city: 'Chicago' }));
  const store = openStore(t.engine);
  const { id } = await store.insert(workspace, 'Chicago', chicago as never);
  const at = t.clock.now();
  await store.begin(id, { at, revision: 1, seen: at, whole: true, versions: {} });
  await t.engine.clickhouse.run(
    adhoc(
      'half',
      `INSERT INTO segment_changes SELECT {workspace:UUID}, {id:UUID}, 1, 'nobody', sipHash64('nobody'), 'entered', {at:DateTime64(3,'UTC')}`,
    ),
    { workspace, id, at: t.clock.now() },
  );
  await computeMembership(computing(), store, workspace, id);
  expect(await membersOf(id)).toEqual(['ann']);
  expect((await announced()).map(({ profile }) => profile)).toEqual(['ann']);
});

test('two computations at once do it once', async () => {
  await sendQuietly(person('ann', { city: 'Chicago' }));
  const store = openStore(t.engine);
  const { id } = await store.insert(workspace, 'Chicago', chicago as never);
  const both = await Promise.all([1, 2, 3].map(() => computeMembership(computing(), store, workspace, id)));
  expect(both.filter((done) => typeof done === 'object' && done.entered > 0)).toHaveLength(1);
  expect(await announced()).toHaveLength(1);
});

test('the background notices messages, new rules and time passing', async () => {
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  await send(person('ann', { city: 'Chicago' }));
  const members = async () => (await segments.get(workspace, id)).members;
  await until(members, (n) => n === 1);
  const updated = await segments.update(workspace, id, { rule: { not: chicago } });
  expect(updated.computing).toBe(true);
  await until(
    () => segments.get(workspace, id),
    (segment) => segment.members === 0 && !segment.computing,
  );
  // Its own events do not set it going again, over and over.
  const version = await segments.finishedVersion(workspace, id);
  const { as_of } = await segments.get(workspace, id);
  t.clock.advance(1_000);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await segments.finishedVersion(workspace, id)).toBe(version);
  expect((await segments.get(workspace, id)).as_of).toBe(as_of);
});

const told = (event: string, times: object, where: object[] = []) => ({ event, count: times, where });

test('a rule about entering a segment sees what was announced after it was computed', async () => {
  // Ordered by name, so the one that asks comes first.
  const watcher = await segments.create(workspace, {
    name: 'A',
    rule: told('Segment Entered', { at_least: 1 }),
  });
  const base = await segments.create(workspace, { name: 'B', rule: chicago });
  await send(person('ann', { city: 'Chicago' }));
  const members = async (id: string) => (await segments.get(workspace, id)).members;
  await until(
    () => Promise.all([members(base.id), members(watcher.id)]),
    ([n, m]) => n === 1 && m === 1,
  );
});

test('rules about entering and leaving that drive each other on come to rest', async () => {
  const both = (n: number) => ({
    all: [told('Segment Entered', { exactly: n }), told('Segment Left', { exactly: n })],
  });
  await sendQuietly(person('ann', { city: 'Chicago' }));
  const { id } = await segments.create(workspace, {
    name: 'In and out',
    rule: { any: Array.from({ length: 12 }, (_, n) => both(n)) },
  });
  const version = () => segments.finishedVersion(workspace, id);
  await until(version, (n) => n >= 6);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await version()).toBe(6);
  // Something else happens: it begins again.
  await send(person('ann', { city: 'Boston' }));
  await until(version, (n) => n >= 12);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(await version()).toBe(12);
});

test('a rule relative to now loses people as time passes', async () => {
  await send(order('ann', 30), order('bob', 10), { ...order('cid', 30), timestamp: '2026-01-01T00:00:00Z' });
  const { id } = await segments.create(workspace, {
    name: 'Recent buyers',
    rule: {
      event: 'Order Completed',
      within_last: { amount: 1, unit: 'day' },
      where: [{ property: 'revenue', operator: 'greater_than', value: '20' }],
    },
  });
  await computedNow();
  expect(await membersOf(id)).toEqual(['ann']);
  t.clock.advance(86_400_000);
  await computedNow();
  expect(await membersOf(id)).toEqual([]);
});

test('segments can be made of segments, but not of themselves', async () => {
  await send(person('ann', { city: 'Chicago', lifetime_value: 80 }), person('bob', { city: 'Chicago' }));
  const base = await segments.create(workspace, { name: 'Z base', rule: chicago });
  const rich = await segments.create(workspace, {
    name: 'A rich',
    rule: {
      all: [{ segment: base.id }, { attribute: 'lifetime_value', operator: 'greater_than', value: 50 }],
    },
  });
  const others = await segments.create(workspace, { name: 'Others', rule: { not: { segment: rich.id } } });
  await computedNow();
  expect(await membersOf(rich.id)).toEqual(['ann']);
  expect(await membersOf(others.id)).toEqual(['bob']);
  await send(person('ann', { city: 'Boston' }));
  await computedNow();
  expect(await membersOf(others.id)).toEqual(['ann', 'bob']);

  const refused = (rule: unknown) => segments.update(workspace, base.id, { rule });
  await expect(refused({ segment: base.id })).rejects.toMatchObject({
    code: 'segment_cycle',
    field: 'rule.segment',
  });
  await expect(refused({ any: [chicago, { not: { segment: others.id } }] })).rejects.toMatchObject({
    code: 'segment_cycle',
    field: 'rule.any[1].not.segment',
  });
  const nobody = '018f3e00-0000-7000-8000-999999999999';
  await expect(segments.count(workspace, { segment: nobody })).rejects.toMatchObject({
    status: 400,
    code: 'unknown_segment',
  });
  await expect(segments.remove(workspace, rich.id)).rejects.toMatchObject({
    status: 409,
    code: 'segment_in_use',
  });
  await segments.remove(workspace, others.id);
  segments.addDeleteGuard(async (_workspace, ids) =>
    ids.includes(rich.id) ? ['the campaign "Win back"'] : [],
  );
  await expect(segments.remove(workspace, rich.id)).rejects.toThrow('the campaign "Win back"');
});

test('a rule that stands elsewhere is checked as that of a segment, and named by where it stands', async () => {
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  const check = (rule: unknown) => segments.checkRule(workspace, rule, 'steps[2].rule');
  const rule = { all: [{ segment: id }, { attribute: 'ltv', operator: 'at_least', value: '50' }] };
  expect(await check(rule)).toEqual({ all: [{ segment: id }, { ...rule.all[1], value: 50 }] });
  const nobody = '018f3e00-0000-7000-8000-999999999999';
  await expect(check({ any: [chicago, { not: { segment: nobody } }] })).rejects.toMatchObject({
    ...{ status: 400, code: 'unknown_segment', field: 'steps[2].rule.any[1].not.segment' },
    message: 'steps[2].rule.any[1].not.segment: there is no such segment.',
  });
  await expect(check({ program: nobody })).rejects.toMatchObject({
    ...{ status: 400, code: 'unknown_program', field: 'steps[2].rule.program' },
  });
  await expect(check({ all: [{ city: 'Chicago' }] })).rejects.toMatchObject({
    ...{ status: 400, code: 'bad_rule', field: 'steps[2].rule.all[0]' },
  });
});

test('membership says up to when it has seen everything', async () => {
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  const made = await segments.create(workspace, { name: 'Others', rule: { not: chicago } });
  await computedNow();
  const seen = (await segments.seenUntil(workspace, id))!;
  expect(seen).toEqual(await segments.seenUntil(workspace, made.id));
  expect(seen.getTime()).toBeLessThan(t.clock.now().getTime());
  t.clock.advance(60_000);
  segments.computeSoon(workspace);
  await expect.poll(() => segments.seenUntil(workspace, id)).toEqual(new Date(seen.getTime() + 60_000));
  await openStore(t.engine).forget([workspace]);
  expect(await segments.seenUntil(workspace, id)).toBeNull();
  await expect(segments.seenUntil(workspace, '018f3e00-0000-7000-8000-999999999999')).rejects.toMatchObject({
    status: 404,
  });
});

test('a workspace sees nothing of another one', async () => {
  await send(person('ann', { city: 'Chicago' }));
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  await computedNow();
  const elsewhere = '018f3e00-0000-7000-8000-888888888888';
  expect(await segments.count(elsewhere, chicago)).toMatchObject({ count: 0, total: 0, sample: [] });
  await expect(segments.get(elsewhere, id)).rejects.toMatchObject({ status: 404 });
  await expect(segments.count(elsewhere, { segment: id })).rejects.toMatchObject({ code: 'unknown_segment' });
});

const call = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) => {
  const answer = await app.inject({ method, url, ...(payload ? { payload } : {}) });
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
};

test('over HTTP: make, count, look, change, remove', async () => {
  await send(
    person('ann', {
      city: 'Chicago',
      first_name: 'Ann',
      lifetime_value: 60,
      last_order_date: '2021-01-01T00:00:00Z',
    }),
    person('bob', { city: 'Boston', lifetime_value: '50', last_order_date: '2021-01-01' }),
    order('ann', 10),
  );
  const rule = ruleFromLoyaltyTarget({ last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' });
  const counted = await call('POST', '/api/segments/count', { rule });
  expect(counted.body).toMatchObject({
    count: 1,
    total: 2,
    sample: [{ id: 'ann', first_name: 'Ann', last_name: null, email: null }],
    as_of: t.clock.now().toISOString(),
    took_ms: expect.any(Number),
  });
  const made = await call('POST', '/api/segments', { name: ' Good ones ', rule });
  expect(made).toMatchObject({
    status: 201,
    body: { name: 'Good ones', computing: true, as_of: null, rule },
  });
  await computedNow();
  const url = `/api/segments/${made.body.id}`;
  expect((await call('GET', url)).body).toMatchObject({ members: 1, computing: false });
  expect((await call('GET', '/api/segments')).body.items).toHaveLength(1);
  expect((await call('GET', `${url}/members`)).body).toEqual({
    items: [{ id: 'ann', first_name: 'Ann', last_name: null, email: null, since: expect.any(String) }],
    next_cursor: null,
  });
  expect((await call('GET', '/api/people/ann')).body.segments).toEqual([
    { id: made.body.id, name: 'Good ones', since: expect.any(String) },
  ]);
  expect((await call('GET', `/api/people?segment=${made.body.id}`)).body).toMatchObject({
    total: 1,
    items: [{ id: 'ann' }],
  });

  const renamed = await call('PATCH', url, { name: 'Everybody', rule: { all: [] } });
  expect(renamed.body).toMatchObject({ name: 'Everybody', computing: true });
  await computedNow();
  const page = await call('GET', `${url}/members?limit=1`);
  expect(page.body.items[0].id).toBe('ann');
  const next = await call('GET', `${url}/members?limit=1&cursor=${page.body.next_cursor}`);
  expect(next.body).toMatchObject({ items: [{ id: 'bob' }], next_cursor: null });

  expect((await call('DELETE', url)).status).toBe(204);
  expect((await call('GET', url)).status).toBe(404);
  expect((await call('GET', '/api/segments/nonsense')).status).toBe(400);
});

test('over HTTP: an id in capitals is the same, and protected the same', async () => {
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: chicago });
  await segments.create(workspace, { name: 'Upon it', rule: { segment: id.toUpperCase() } });
  const url = `/api/segments/${id.toUpperCase()}`;
  expect((await call('GET', url)).body.id).toBe(id);
  expect((await call('GET', `/api/people?segment=${id.toUpperCase()}`)).status).toBe(200);
  expect((await call('DELETE', url)).body.error.code).toBe('segment_in_use');
  expect((await call('POST', '/api/segments', { name: 'a\0b', rule: chicago })).status).toBe(400);
});

test('over HTTP: a wrong rule says where and what would be right', async () => {
  const rule = { all: [chicago, { attribute: 'city', operator: 'like', value: 'C%' }] };
  for (const url of ['/api/segments', '/api/segments/count']) {
    const { status, body } = await call('POST', url, { name: 'x', rule });
    expect([status, body.error.code, body.error.field]).toEqual([
      400,
      'unknown_operator',
      'rule.all[1].operator',
    ]);
    expect(body.error.hint).toContain('starts_with');
  }
  expect((await call('GET', '/api/segments')).body.items).toEqual([]);
});

test('over HTTP: suggestions name attributes, their kinds and values, and events', async () => {
  await send(
    person('ann', {
      city: 'Chicago',
      lifetime_value: 60,
      last_order_date: '2021-01-01',
      vip: true,
      gone: null,
    }),
    person('bob', { city: 'Boston' }),
    order('ann', 10),
    order('bob', 10),
  );
  const { body } = await call('GET', '/api/segments/suggestions');
  const attributes = Object.fromEntries(body.attributes.map((a: { name: string }) => [a.name, a]));
  expect(attributes.city.kind).toBe('string');
  expect([...attributes.city.values].sort()).toEqual(['Boston', 'Chicago']);
  expect(attributes.lifetime_value).toMatchObject({ kind: 'number', values: ['60'] });
  expect(attributes.last_order_date.kind).toBe('date');
  expect(attributes.vip.kind).toBe('boolean');
  expect(attributes.gone).toBeUndefined();
  expect(body.events).toEqual([{ name: 'Order Completed', count: 2, properties: ['revenue'] }]);
});
