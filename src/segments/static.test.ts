import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { until } from '../../test/support/poll.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { createSegments, type Segments } from './index.ts';
import { peopleOnLines } from './upload.ts';

/** Static segments: who is picked, by hand or by a file. */
let t: TestEngine<readonly [Log, Profiles, Segments]>;
let segments: Segments;
let workspace: string;
let count = 0;
let serial = 0;

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
}, 60_000);
afterAll(() => t?.close());
beforeEach(() => {
  workspace = `018f3e00-0000-7000-8002-${String(++count).padStart(12, '0')}`;
  t.clock.advance(1_000);
});

const send = (...messages: object[]) =>
  t.rooms[0].append(
    messages.map((message) => ({
      workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        messageId: `s${++serial}`,
        timestamp: t.clock.now().toISOString(),
        ...message,
      }),
    })),
  );
const person = (userId: string, email?: string) => ({
  type: 'identify',
  userId,
  traits: email === undefined ? {} : { email },
});
const membersNow = async (id: string) => {
  t.clock.advance(1_000);
  await segments.recompute(workspace);
  const members: string[] = [];
  for await (const batch of segments.membersOf(workspace, id)) members.push(...batch);
  return members.sort();
};
const make = async (name = 'VIP') => (await segments.create(workspace, { name, kind: 'static' })).id;
const upload = (id: string, text: string) =>
  segments.pickAll(workspace, id, peopleOnLines(Readable.from([Buffer.from(text)])));

test('people are picked by any id or by their present address, and taken out again', async () => {
  await send(
    person('ann', 'Ann@Example.com'),
    person('bob', 'old@example.com'),
    person('eve'),
    { type: 'track', anonymousId: 'guest', event: 'Seen' },
    { type: 'identify', userId: 'dan', anonymousId: 'guest', traits: { email: 'shared@example.com' } },
    person('don', 'shared@example.com'),
  );
  t.clock.advance(1_000);
  await send(person('bob', 'new@example.com'));
  const id = await make();
  expect(await segments.get(workspace, id)).toMatchObject({
    kind: 'static',
    rule: { picked: id },
    members: 0,
  });

  const first = await segments.pick(workspace, id, {
    add: ['aNN@example.com', 'old@example.com', 'eve', 'guest', 'nobody', 'eve'],
    remove: [],
  });
  expect(first).toEqual({ added: 3, removed: 0, unknown: ['old@example.com', 'nobody'] });
  expect(await membersNow(id)).toEqual(['ann', 'dan', 'eve']);

  t.clock.advance(1_000);
  expect(await segments.pick(workspace, id, { add: ['shared@example.com'], remove: ['eve', 'x'] })).toEqual({
    added: 2,
    removed: 1,
    unknown: ['x'],
  });
  expect(await membersNow(id)).toEqual(['ann', 'dan', 'don']);

  const inside = await segments.create(workspace, { name: 'VIP too', rule: { not: { segment: id } } });
  expect(await membersNow(inside.id)).toEqual(['bob', 'eve']);
});

test('only a static segment is picked for, and only it has no rule of its own', async () => {
  const ruled = await segments.create(workspace, { name: 'All', rule: { all: [] } });
  await expect(segments.pick(workspace, ruled.id, { add: [], remove: [] })).rejects.toMatchObject({
    status: 409,
    code: 'not_static',
  });
  const id = await make();
  await expect(segments.update(workspace, id, { rule: { all: [] } })).rejects.toMatchObject({
    field: 'rule',
  });
  expect(await segments.update(workspace, id, { name: 'Friends' })).toMatchObject({ name: 'Friends' });
  await expect(
    segments.create(workspace, { name: 'Both', kind: 'static', rule: { all: [] } }),
  ).rejects.toMatchObject({ field: 'rule' });
  await expect(segments.create(workspace, { name: 'Neither' })).rejects.toMatchObject({ field: 'rule' });
});

test('a file of lines, or of columns, picks who it names', async () => {
  await send(person('1', 'ann@example.com'), person('2', 'bob@example.com'), person('3', 'eve@example.com'));
  const id = await make();
  expect(await upload(id, '\ufeffann@example.com\r\n\r\n2\r\nnobody@example.com\r\n')).toEqual({
    lines: 3,
    found: 2,
    unknown: 1,
    unknown_sample: ['nobody@example.com'],
  });
  expect(await membersNow(id)).toEqual(['1', '2']);
  const other = await make('Columns');
  expect(
    await upload(other, 'Name;E-Mail\n"Eve; the first";EVE@example.com\n"O""Neil";bob@example.com\nshort\n'),
  ).toMatchObject({ lines: 2, found: 2, unknown: 0 });
  expect(await membersNow(other)).toEqual(['2', '3']);
  await expect(upload(other, '1\n"never closed\n'.repeat(30_000))).rejects.toMatchObject({
    code: 'unreadable_file',
    field: 'file',
  });
});

test('nothing of what was given stays behind, also when the file breaks off', async () => {
  await send(person('ann'));
  const id = await make();
  const broken = async function* () {
    yield 'ann';
    throw new Error('The connection is lost.');
  };
  await expect(segments.pickAll(workspace, id, broken())).rejects.toThrow('lost');
  expect(await membersNow(id)).toEqual([]);
  await segments.pick(workspace, id, { add: ['ann'], remove: [] });
  const left = await t.engine.clickhouse.rows(
    adhoc('left', 'SELECT given FROM segment_uploads WHERE workspace = {workspace:UUID}'),
    { workspace },
  );
  expect(left).toEqual([]);
});

test('what is picked goes with the person, and with the segment', async () => {
  await send(person('ann'), person('bob'));
  const id = await make();
  const gone = await make('Gone');
  await segments.pick(workspace, id, { add: ['ann', 'bob'], remove: [] });
  await segments.pick(workspace, gone, { add: ['ann'], remove: [] });
  await segments.remove(workspace, gone);
  const picks = () =>
    t.engine.clickhouse.rows<{ segment: string; profile: string }>(
      adhoc(
        'picks',
        'SELECT segment, profile FROM segment_picks WHERE workspace = {workspace:UUID} ORDER BY profile',
      ),
      { workspace },
    );
  expect(await picks()).toEqual([
    { segment: id, profile: 'ann' },
    { segment: id, profile: 'bob' },
  ]);
  const { id: asked } = await t.rooms[0].erase.person(workspace, 'ann', 'test');
  await until('the erasure', async () => (await t.rooms[0].erase.get(workspace, asked)).status === 'done');
  expect(await picks()).toEqual([{ segment: id, profile: 'bob' }]);
});

test('frequent values are suggested, with what kind they are', async () => {
  const bought = (userId: string, category: string, price: number) => ({
    type: 'track',
    userId,
    event: 'Bought',
    properties: { category, price, tags: ['a'] },
  });
  await send(
    { type: 'identify', userId: 'a', traits: { city: 'Chicago', age: 30 } },
    { type: 'identify', userId: 'b', traits: { city: 'Chicago Heights' } },
    { type: 'identify', userId: 'c', traits: { city: 'Chicago' } },
    { type: 'identify', userId: 'd', traits: { city: 'Boston' } },
    bought('a', 'Shoes', 20.5),
    bought('a', 'Hats', 20.5),
    bought('b', 'Shoes', 3),
  );
  const values = (asked: Parameters<Segments['values']>[1]) => segments.values(workspace, asked);
  expect(await values({ attribute: 'city', search: 'chi' })).toEqual({
    kind: 'string',
    items: [
      { value: 'Chicago', count: 2 },
      { value: 'Chicago Heights', count: 1 },
    ],
  });
  expect(await values({ attribute: 'age' })).toEqual({ kind: 'number', items: [{ value: 30, count: 1 }] });
  expect((await values({ event: 'Bought', property: 'category' })).items[0]).toEqual({
    value: 'Shoes',
    count: 2,
  });
  expect(await values({ event: 'Bought', property: 'price' })).toMatchObject({
    kind: 'number',
    items: [{ value: 20.5 }, { value: 3 }],
  });
  expect(await values({ event: 'Bought', property: 'tags' })).toEqual({ kind: null, items: [] });
});
