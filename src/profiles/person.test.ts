import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { runs } from '../../test/support/thorough.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log, type LogMessage } from '../log/index.ts';
import { createProfiles, type Profiles } from './index.ts';

let t: TestEngine<readonly [Log, Profiles]>;
let log: Log;
let profiles: Profiles;
const other = '018f3e00-0000-7000-8000-0000000000ff';

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createProfiles(engine, { log })] as const;
    },
  });
  [log, profiles] = t.rooms;
}, 60_000);
afterAll(() => t?.close());

let serial = 0;
const message = (fields: Record<string, unknown>, workspace = t.workspace): LogMessage => ({
  workspace,
  source: 'http',
  receivedAt: t.clock.now(),
  message: JSON.stringify({ messageId: `m${++serial}`, timestamp: t.clock.now().toISOString(), ...fields }),
});
const ordered = (userId: string, timestamp: string, properties: Record<string, unknown>) =>
  message({ type: 'track', event: 'Order Completed', userId, timestamp, properties });

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test('an attribute says what it is', async () => {
  const traits = {
    a_text: 'Rome',
    a_number: 12.5,
    a_flag: false,
    a_day: '2026-02-28',
    a_time: '2026-02-28T10:00:00Z',
    no_day: '2026-02-30',
    no_time: '2026-02-28 is a day',
    a_list: ['a', 1],
    an_object: { street: 'Main' },
  };
  await log.append([message({ type: 'identify', userId: 'kinds', traits })]);
  const { attributes } = await profiles.get(t.workspace, 'kinds');
  expect(Object.fromEntries(attributes.map(({ name, kind }) => [name, kind]))).toEqual({
    a_text: 'string',
    a_number: 'number',
    a_flag: 'boolean',
    a_day: 'date',
    a_time: 'date',
    no_day: 'string',
    no_time: 'string',
    a_list: 'list',
    an_object: 'object',
  });
  expect(attributes.find(({ name }) => name === 'an_object')?.value).toEqual({ street: 'Main' });
});

test('an order counts once by its id, with the revenue told last; what a file said stands beside it', async () => {
  await log.append([
    message({ type: 'identify', userId: 'buyer', traits: { lifetime_value: '1200.50' } }),
    ordered('buyer', '2026-06-01T10:00:00Z', { order_id: 'A', revenue: 10, currency: 'EUR' }),
    ordered('buyer', '2026-06-01T11:00:00Z', { order_id: 'A', revenue: 12, currency: 'EUR' }),
    ordered('buyer', '2026-06-03T10:00:00Z', { revenue: 5, currency: 'USD' }),
    ordered('buyer', '2026-06-04T10:00:00Z', { revenue: 5 }),
    ordered('somebody', '2026-06-04T10:00:00Z', { order_id: 'A', revenue: 100 }),
    message({ type: 'identify', userId: 'looker', traits: {} }),
  ]);
  expect(await profiles.get(t.workspace, 'buyer')).toMatchObject({
    lifetime_value: 1200.5,
    orders: {
      count: 3,
      revenue: 22,
      currencies: ['EUR', 'USD'],
      first: '2026-06-01T10:00:00.000Z',
      last: '2026-06-04T10:00:00.000Z',
    },
  });
  const none = { count: 0, revenue: 0, currencies: [], first: null, last: null };
  expect(await profiles.get(t.workspace, 'looker')).toMatchObject({ lifetime_value: null, orders: none });
});

test('ids are told apart, each with the message that joined it', async () => {
  const at = t.clock.now();
  const long_ago = '2026-01-01T00:00:00.000Z';
  const [visit, sign_in, alias, late] = [
    message({ type: 'track', event: 'Seen', userId: 'ann', anonymousId: 'phone' }),
    message({ type: 'identify', userId: 'ann', anonymousId: 'lap"top' }),
    message({ type: 'alias', userId: 'ann', previousId: 'annie' }),
    message({ type: 'identify', userId: 'lena', anonymousId: 'desk', timestamp: long_ago }),
  ];
  const idOf = ({ message }: LogMessage) => JSON.parse(message).messageId as string;
  await log.append([visit, sign_in, alias, late, message({ type: 'page', anonymousId: 'stranger' })]);
  const { id, identities } = await profiles.get(t.workspace, 'phone');
  const joined = (joined_to: string, since: string, by: LogMessage | null, type = '') => ({
    joined_to,
    since,
    message: by && { message_id: idOf(by), type, source: 'http' },
  });
  const now = at.toISOString();
  expect(id).toBe('ann');
  expect(identities).toEqual([
    { id: 'ann', kind: 'user', joined_to: null, since: null, message: null },
    { id: 'annie', kind: 'previous', ...joined('ann', now, alias, 'alias') },
    // Written otherwise in JSON than it is.
    { id: 'lap"top', kind: 'anonymous', ...joined('ann', now, null) },
    { id: 'phone', kind: 'anonymous', ...joined('ann', now, visit, 'track') },
  ]);
  for (const one of ['annie', 'phone']) {
    expect((await profiles.get(t.workspace, one)).identities).toEqual(identities);
  }
  // It arrived months after it was said.
  const desk = { id: 'desk', kind: 'anonymous', ...joined('lena', long_ago, late, 'identify') };
  expect((await profiles.get(t.workspace, 'lena')).identities[1]).toEqual(desk);
  const stranger = await profiles.get(t.workspace, 'stranger');
  expect(stranger.identities.map(({ kind }) => kind)).toEqual(['anonymous']);
});

const viewedEvents = adhoc(
  'viewed_events',
  'SELECT name FROM profile_events WHERE workspace = {workspace:UUID} AND profile = {id:String}',
);

test('whatever is joined to whom, the person is the one the views know', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const links = fc.array(fc.tuple(name, name), { maxLength: 8 });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(links, async (given) => {
      const workspace = `018f3e00-0000-7000-9000-${String(++run).padStart(12, '0')}`;
      const all = ['a', 'b', 'c', 'd', 'e', 'f'];
      await log.append([
        ...all.map((userId) => message({ type: 'track', event: `of ${userId}`, userId }, workspace)),
        ...given
          .filter(([from, to]) => from !== to)
          .map(([previousId, userId], n) => {
            const timestamp = new Date(t.clock.now().getTime() + n * 1_000).toISOString();
            return message({ type: 'alias', previousId, userId, timestamp }, workspace);
          }),
      ]);
      for (const one of all) {
        const { id, identities, events } = await profiles.get(workspace, one);
        const joined = identities.slice(1).map((identity) => identity.id);
        const named = (rows: readonly { name: string }[]) => rows.map(({ name }) => name.slice(3)).sort();
        const viewed = await t.engine.clickhouse.rows<{ name: string }>(viewedEvents, { workspace, id });
        expect(named(events), `${one} is ${id}`).toEqual(named(viewed));
        expect(named(viewed).filter((name) => name !== id)).toEqual(joined);
        expect([id, ...joined]).toContain(one);
        expect(named(viewed)).toContain(one);
      }
    }),
    { numRuns: runs(6, 60) },
  );
});

interface Happened {
  type: string;
  name: string;
  /** Hours before now. */
  ago: number;
  properties: Record<string, unknown>;
}

interface Asked {
  type?: 'track' | 'page' | undefined;
  name?: string[] | undefined;
  from?: number | undefined;
  to?: number | undefined;
  text?: string | undefined;
}

test('a filtered timeline is what a plain search of all events finds, page by page', async () => {
  const words = ['shoes', 'Größe', 'a "quoted" word', '12'];
  const happened = fc.record({
    type: fc.constantFrom('track', 'page', 'screen'),
    name: fc.constantFrom('Cart', 'Home', 'Order, Completed', "it's"),
    ago: fc.integer({ min: 0, max: 100 }),
    properties: fc.dictionary(fc.constantFrom('kind', 'SIZE', 'n'), fc.constantFrom(...words, 12, true), {
      maxKeys: 2,
    }),
  });
  let run = 0;
  const now = t.clock.now().getTime();
  const hour = 3_600_000;
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const asked: fc.Arbitrary<Asked> = fc.record({
    type: maybe(fc.constantFrom('track' as const, 'page' as const)),
    name: maybe(fc.subarray(['Cart', 'Order, Completed', "it's"], { minLength: 1 })),
    from: maybe(fc.integer({ min: 0, max: 100 })),
    to: maybe(fc.integer({ min: 0, max: 100 })),
    text: maybe(fc.constantFrom('SHOES', 'grÖ', '"quoted"', 'size', '12', 'tru', '%', 'nothing')),
  });
  const wanted = (one: Happened, { type, name, from, to, text }: Asked) =>
    (type === undefined || one.type === type) &&
    (name === undefined || name.includes(one.name)) &&
    (from === undefined || one.ago <= from) &&
    (to === undefined || one.ago > to) &&
    (text === undefined ||
      Object.entries(one.properties).some((pair) =>
        pair.some((part) => String(part).toLowerCase().includes(text.toLowerCase())),
      ));
  await fc.assert(
    fc.asyncProperty(
      fc.array(happened, { maxLength: 30 }),
      fc.array(asked, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 7 }),
      async (all, questions, limit) => {
        const userId = `person ${++run}`;
        const at = (ago: number) => new Date(now - ago * hour).toISOString();
        await log.append([
          message({ type: 'identify', userId }),
          ...all.map(({ ago, name, ...one }) =>
            message({ ...one, userId, timestamp: at(ago), event: name, name }),
          ),
        ]);
        for (const question of questions) {
          const found: string[] = [];
          for (let before: string | undefined; ; ) {
            const { from, to, ...rest } = question;
            const page = await profiles.timeline(t.workspace, userId, {
              ...rest,
              ...(from === undefined ? {} : { from: at(from) }),
              ...(to === undefined ? {} : { to: at(to) }),
              before,
              limit,
            });
            found.push(...page.items.map(({ time, name, type }) => `${time} ${type} ${name}`));
            if (page.next_before === null) break;
            before = page.next_before;
          }
          const expected = all
            .filter((one) => wanted(one, question))
            .map(({ ago, type, name }) => `${at(ago)} ${type} ${name}`);
          expect(found.slice().sort(), JSON.stringify(question)).toEqual(expected.sort());
          const times = found.map((text) => text.slice(0, 24));
          expect(times).toEqual(times.slice().sort().reverse());
        }
      },
    ),
    { numRuns: runs(8, 80) },
  );
}, 120_000);

test('a day of the timeline is a day of the workspace', async () => {
  await log.append(
    ['2026-03-29T21:59:00Z', '2026-03-29T22:00:00Z', '2026-03-30T21:59:00Z', '2026-03-30T22:00:00Z'].map(
      (timestamp) => message({ type: 'track', event: 'Clock', userId: 'berliner', timestamp }),
    ),
  );
  const day = { from: '2026-03-30', to: '2026-03-31', limit: 10 };
  const in_berlin = await profiles.timeline(t.workspace, 'berliner', { ...day, timezone: 'Europe/Berlin' });
  expect(in_berlin.items.map(({ time }) => time)).toEqual([
    '2026-03-30T21:59:00.000Z',
    '2026-03-29T22:00:00.000Z',
  ]);
  expect((await profiles.timeline(t.workspace, 'berliner', day)).items).toHaveLength(2);
  const all = { from: '0001-01-01', to: '9999-12-31', limit: 10 };
  expect((await profiles.timeline(t.workspace, 'berliner', all)).items).toHaveLength(4);
  for (const [field, text] of [
    ['from', '2026-02-30'],
    ['to', 'yesterday'],
    ['from', '2026-03-30T10:00'],
  ]) {
    const asked = { [field as string]: text, limit: 10 };
    await expect(profiles.timeline(t.workspace, 'berliner', asked)).rejects.toMatchObject({
      status: 400,
      code: 'bad_time',
      field,
    });
  }
});

test('an export holds everything of the person under every id, as it came, and nothing of others', async () => {
  const exact =
    '{"messageId":"exact","type":"track","event":"Paid","userId":"exp","properties":{"card":147573952589676412928}}';
  await log.append([
    message({
      type: 'identify',
      userId: 'exp',
      anonymousId: 'exp-phone',
      traits: { email: 'exp@shop.example' },
    }),
    { ...message({}), message: exact },
    message({ type: 'group', userId: 'exp', groupId: 'club' }),
    message({ type: 'track', event: 'Elsewhere', userId: 'exp' }, other),
    message({ type: 'track', event: 'Other', userId: 'not-exp', properties: { userId: 'exp' } }),
    ...Array.from({ length: 1_200 }, (_, n) =>
      message({ type: 'page', anonymousId: 'exp-phone', name: 'Shop', properties: { n } }),
    ),
  ]);
  profiles.addPanel('segments', async () => [{ id: 's', name: 'Shoppers', since: '2026-01-01T00:00:00Z' }]);
  profiles.addPanel('emails', async () => []);
  profiles.addExport('emails', async function* (_workspace, ids) {
    yield { to: ids[0] };
    yield { to: ids[1] };
  });
  profiles.addExport('nothing', async function* () {});
  const text = await textOf(await profiles.export(t.workspace, 'exp-phone'));
  expect(text).toContain(exact);
  const held = JSON.parse(text);
  expect(held).toMatchObject({
    exported_at: t.clock.now().toISOString(),
    id: 'exp',
    attributes: [{ name: 'email', value: 'exp@shop.example' }],
    identities: [{ id: 'exp' }, { id: 'exp-phone' }],
    segments: [{ name: 'Shoppers' }],
    emails: [{ to: 'exp' }, { to: 'exp-phone' }],
    nothing: [],
  });
  expect(held.events).toHaveLength(1_201);
  expect(held.messages).toHaveLength(1_203);
  expect(text).not.toMatch(/Elsewhere|not-exp/);
  const pages = held.messages.flatMap(({ message }: { message: { properties?: { n?: number } } }) =>
    message.properties?.n === undefined ? [] : [message.properties.n],
  );
  expect(pages.sort((a: number, b: number) => a - b)).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
  await expect(profiles.export(t.workspace, 'nobody')).rejects.toMatchObject({ status: 404 });
});

test('the table for spreadsheets has everybody chosen, all attributes or those named, and runs nothing', async () => {
  const workspace = '018f3e00-0000-7000-8000-0000000000cc';
  const at = '2026-06-15T12:00:00.000Z';
  await log.append([
    message(
      { type: 'identify', userId: 'b', traits: { city: '=1+1', email: 'b@x.example', tags: ['x'] } },
      workspace,
    ),
    message(
      { type: 'identify', userId: 'a', traits: { lifetime_value: -5, city: 'Rome, "Ostia"' } },
      workspace,
    ),
  ]);
  const lines = async (query: Parameters<Profiles['csv']>[1]) =>
    (await textOf(await profiles.csv(workspace, query))).split('\r\n');
  expect(await lines({})).toEqual([
    '\ufeffid,first_seen,last_seen,email,lifetime_value,city,tags',
    `a,${at},${at},,-5,"Rome, ""Ostia""",`,
    `b,${at},${at},b@x.example,,"'=1+1","[""x""]"`,
    '',
  ]);
  expect(await lines({ search: 'x.exam', column: 'city' })).toEqual([
    '\ufeffid,first_seen,last_seen,city',
    `b,${at},${at},"'=1+1"`,
    '',
  ]);
  expect((await lines({ column: ['no', 'city'] }))[1]).toBe(`a,${at},${at},,"Rome, ""Ostia"""`);
});

test('only some tables are written at once, and one that is given up makes room', async () => {
  const open = await Promise.all([profiles.csv(t.workspace, {}), profiles.csv(t.workspace, {})]);
  const readers = open.map((text) => text[Symbol.asyncIterator]());
  for (const reader of readers) await reader.next();
  await expect(profiles.csv(t.workspace, {})).rejects.toMatchObject({ status: 429, code: 'busy' });
  await readers[0]?.return?.();
  expect(await textOf(await profiles.csv(t.workspace, { search: 'exp@shop' }))).toContain('exp@shop.example');
  await readers[1]?.return?.();
});
