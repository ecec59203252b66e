import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { nothingElse } from './context.ts';
import { createSegments, type Segments } from './index.ts';
import { computeMembership, roundOf, type Stage } from './membership.ts';
import { openStore, type Store } from './store.ts';

/** Rooms that are not started: nothing is computed but what a test asks for. */
let t: TestEngine<readonly [Log, Profiles, Segments]>;
let segments: Segments;
let store: Store;
let workspace: string;
let count = 0;
let serial = 0;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, { ...createSegments(engine, { log, profiles }), start: undefined }] as never;
    },
  });
  segments = t.rooms[2];
  store = openStore(t.engine);
}, 60_000);
afterAll(() => t?.close());
beforeEach(() => {
  workspace = `018f3e00-0000-7000-8001-${String(++count).padStart(12, '0')}`;
  t.clock.advance(1_000);
});

const computing = () => ({
  clickhouse: t.engine.clickhouse,
  clock: t.clock,
  messages: t.rooms[0],
  elsewhere: nothingElse(),
});
const send = (userId: string, city: string, more: object = {}) =>
  t.rooms[0].append([
    {
      workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        type: 'identify',
        messageId: `m${++serial}`,
        timestamp: t.clock.now().toISOString(),
        userId,
        traits: { city, ...more },
      }),
    },
  ]);
const living = (city: string) => ({ attribute: 'city', operator: 'equals', value: city }) as const;
const membersOf = async (id: string) => {
  const members: string[] = [];
  for await (const batch of segments.membersOf(workspace, id)) members.push(...batch);
  return members.sort();
};
const changesOf = async (id: string, from = 0) => {
  const to = await segments.finishedVersion(workspace, id);
  const all: string[] = [];
  for await (const batch of segments.changesSince(workspace, id, from, to)) {
    all.push(...batch.map(({ profile, change, version }) => `${version} ${profile} ${change}`));
  }
  return all;
};
const messagesOf = (id: string) =>
  t.engine.clickhouse.row<{ n: number }>(
    adhoc('messages_of', `SELECT count() AS n FROM messages WHERE source = concat('segment:', {id:String})`),
    { id },
  );
const killAt = (stage: Stage) => ({
  interrupt: (at: Stage) => {
    if (at === stage) throw new Error('killed');
  },
});

test.each<Stage>(['changes written', 'announced'])(
  'killed when %s: one recompute finishes it and takes in what came after it',
  async (stage) => {
    await send('ann', 'Chicago');
    const { id } = await store.insert(workspace, 'Chicago', living('Chicago'));
    const killed = computeMembership(computing(), store, workspace, id, killAt(stage));
    await expect(killed).rejects.toThrow('killed');
    t.clock.advance(1_000);
    await send('bob', 'Chicago');
    await send('ann', 'Boston');
    const told: number[] = [];
    const off = (where: string, _segment: string, version: number) => {
      if (where === workspace) told.push(version);
    };
    segments.onChange(off);
    await segments.recompute(workspace);
    expect(await changesOf(id)).toEqual(['1 ann entered', '2 ann left', '2 bob entered']);
    expect(told).toEqual([1, 2]);
    expect(await segments.get(workspace, id)).toMatchObject({
      members: 1,
      as_of: t.clock.now().toISOString(),
    });
  },
);

test('a rule changed after a kill holds after one recompute', async () => {
  await send('ann', 'Chicago');
  await send('bob', 'Boston');
  const { id } = await store.insert(workspace, 'Somewhere', living('Chicago'));
  const killed = computeMembership(computing(), store, workspace, id, killAt('changes written'));
  await expect(killed).rejects.toThrow('killed');
  t.clock.advance(1_000);
  await segments.update(workspace, id, { rule: living('Boston') });
  await segments.recompute(workspace);
  expect(await membersOf(id)).toEqual(['bob']);
  expect((await segments.get(workspace, id)).computing).toBe(false);
});

test('recompute rejects when a segment could not be computed', async () => {
  const { id } = await store.insert(workspace, 'Broken', {
    attribute: 'city',
    operator: 'nonsense',
  } as never);
  await expect(segments.recompute(workspace)).rejects.toThrow('could not be computed');
  await segments.remove(workspace, id);
  await segments.recompute(workspace);
});

test('rows that a server wrote twice count once', async () => {
  await send('ann', 'Chicago');
  await send('bob', 'Boston');
  const { id } = await store.insert(workspace, 'Chicago', living('Chicago'));
  const killed = computeMembership(computing(), store, workspace, id, killAt('changes written'));
  await expect(killed).rejects.toThrow('killed');
  const write = (rows: string) =>
    t.engine.clickhouse.run(adhoc('again', `INSERT INTO segment_changes ${rows}`), { workspace, id });
  await write('SELECT * FROM segment_changes WHERE segment = {id:UUID}');
  // What the same version found at an earlier try, which went on unseen.
  await write(
    `SELECT workspace, segment, version, 'bob', sipHash64('bob'), change, time - 5 FROM segment_changes WHERE segment = {id:UUID}`,
  );
  await segments.recompute(workspace);
  expect((await segments.get(workspace, id)).members).toBe(1);
  expect(await membersOf(id)).toEqual(['ann']);
  expect(await changesOf(id)).toEqual(['1 ann entered']);
  expect(await messagesOf(id)).toEqual({ n: 1 });
  expect(await segments.members(workspace, id, { limit: 5 })).toMatchObject({ items: [{ id: 'ann' }] });
});

test('changes come in long runs, who left first; membership can be asked for some people', async () => {
  for (const person of ['a', 'c', 'e']) await send(person, 'Chicago');
  for (const person of ['b', 'd', 'f']) await send(person, 'Boston');
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: living('Chicago') });
  await segments.recompute(workspace);
  t.clock.advance(1_000);
  for (const person of ['a', 'c']) await send(person, 'Boston');
  for (const person of ['b', 'd']) await send(person, 'Chicago');
  await segments.recompute(workspace);
  expect(await changesOf(id, 1)).toEqual(['2 a left', '2 c left', '2 b entered', '2 d entered']);

  const among = (...people: string[]) => segments.whichAreMembers(workspace, id, people);
  expect(await among('a', 'b', 'c', 'e', 'nobody', `o'"\\`)).toEqual(new Set(['b', 'e']));
  expect(await among()).toEqual(new Set());
  const many = [...Array.from({ length: 5_000 }, (_, n) => `no ${n}`), 'd'];
  expect(await among(...many)).toEqual(new Set(['d']));
  const other = '018f3e00-0000-7000-8001-999999999999';
  await expect(segments.whichAreMembers(other, id, ['b'])).rejects.toMatchObject({ status: 404 });
});

test('an id in capitals is the same segment', async () => {
  await send('ann', 'Chicago');
  const { id } = await segments.create(workspace, { name: 'Chicago', rule: living('Chicago') });
  const capitals = id.toUpperCase();
  const made = await segments.create(workspace, { name: 'Same', rule: { segment: capitals } });
  expect(made.rule).toEqual({ segment: id });
  await segments.recompute(workspace);
  expect(await membersOf(capitals)).toEqual(['ann']);
  expect(await membersOf(made.id)).toEqual(['ann']);
  await expect(segments.update(workspace, id, { rule: { segment: capitals } })).rejects.toMatchObject({
    code: 'segment_cycle',
  });
  await expect(segments.remove(workspace, capitals)).rejects.toMatchObject({ code: 'segment_in_use' });
  const asked: string[] = [];
  segments.addDeleteGuard(async (_workspace, guarded) => {
    asked.push(...guarded);
    return [];
  });
  await segments.remove(workspace, made.id.toUpperCase());
  expect(asked).toEqual([made.id]);
});

test('many removals at once leave connections to others', async () => {
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, n) => store.insert(workspace, `Segment ${n}`, living('Chicago'))),
  );
  const removals = Promise.all([
    ...made.map(({ id }) => segments.remove(workspace, id)),
    // Nobody waits for a segment on a connection.
    ...Array.from({ length: 60 }, () => store.alone(made[0]!.id, true, (queries) => queries.list(workspace))),
  ]);
  const started = performance.now();
  await t.engine.postgres.ping();
  const unrelated = performance.now() - started;
  await removals;
  expect(await segments.list(workspace)).toEqual([]);
  expect(unrelated).toBeLessThan(5_000);
}, 30_000);

test.each(['a\0b', 'half \ud800'])('text PostgreSQL cannot keep is refused: %j', async (text) => {
  for (const rule of [{ attribute: text, operator: 'exists' }, living(text as never), { event: text }]) {
    await expect(segments.create(workspace, { name: 'x', rule })).rejects.toMatchObject({
      status: 400,
      code: 'bad_rule',
    });
  }
});

test('a segment computed for the first time while a round is open keeps its members in it', async () => {
  for (const name of ['ann', 'bea']) await send(name, 'Ulm', { level: 'gold' });
  for (const city of ['Ulm', 'Bonn']) await segments.create(workspace, { name: city, rule: living(city) });
  await segments.recompute(workspace);
  // Two segments ask about who moved, so the round has copies of what these ask about.
  await send('ann', 'Bonn', { level: 'gold' });
  const { id } = await segments.create(workspace, {
    name: 'Gold',
    rule: { attribute: 'level', operator: 'equals', value: 'gold' },
  });
  const round = await roundOf(computing(), store, workspace);
  expect(round.copies).toBeDefined();
  await computeMembership(computing(), store, workspace, id);
  expect(await membersOf(id)).toEqual(['ann', 'bea']);
  await computeMembership(computing(), store, workspace, id, { round });
  await round.close();
  expect(await membersOf(id)).toEqual(['ann', 'bea']);
});
