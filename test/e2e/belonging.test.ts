import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRooms, type Rooms } from '../../src/rooms.ts';
import { openTestEngine, type TestEngine } from '../support/engine.ts';

/** Programs, locations and lists, as rules, people's pages and reports see them. */
let t: TestEngine<Rooms['all']>;
let rooms: Rooms;
let workspace: string;
let serial = 0;
const by = { kind: 'person', id: 'p1', name: 'Ann' } as const;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      rooms = createRooms(engine);
      return rooms.all;
    },
  });
  workspace = (await rooms.access.workspaces.create('Shop', 'Europe/Berlin')).id;
}, 60_000);
afterAll(() => t?.close());

const send = (...messages: object[]) =>
  rooms.log.append(
    messages.map((message) => ({
      workspace,
      source: 'import:test',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        messageId: `m${++serial}`,
        timestamp: t.clock.now().toISOString(),
        ...message,
      }),
    })),
  );
const person = (userId: string, traits: object) => ({ type: 'identify', userId, traits });
const selected = async (rule: object) => {
  const { sample } = await rooms.segments.count(workspace, rule);
  return sample.map(({ id }) => id).sort();
};

test('a person of two locations is one profile of both, in segments, on their page and in the report', async () => {
  const program = await rooms.programs.create(workspace, { name: 'Points' }, by);
  const at = (name: string, aliases: string[] = []) =>
    rooms.programs.addLocation(workspace, program.id, { name, aliases }, by);
  const loop = await at('Chicago Loop', ['CHI-1']);
  const oak = await at('Oak Park');
  await send(
    person('ann', { store_location: ' chicago loop', lifetime_value: 100 }),
    person('bob', { store_location: 'chi-1', lifetime_value: 20 }),
    person('eve', { store_location: 'Nowhere', lifetime_value: 7 }),
    { type: 'track', userId: 'ann', event: 'Order Completed', properties: { revenue: 12.5 } },
  );
  t.clock.advance(1_000);
  await send(person('ann', { store_location: 'Oak Park', lifetime_value: 110 }));

  expect(await selected({ location: loop.id })).toEqual(['ann', 'bob']);
  expect(await selected({ location: oak.id })).toEqual(['ann']);
  expect(await selected({ program: program.id })).toEqual(['ann', 'bob']);
  expect(await selected({ not: { program: program.id } })).toEqual(['eve']);
  const { locations } = await rooms.profiles.get(workspace, 'ann');
  expect(locations?.map(({ name, program }) => `${name} of ${program}`)).toEqual([
    'Chicago Loop of Points',
    'Oak Park of Points',
  ]);
  expect((await rooms.profiles.get(workspace, 'eve')).locations).toMatchObject([{ name: 'Nowhere' }]);
  expect((await rooms.programs.report(workspace, program.id)).items).toMatchObject([
    { name: 'Chicago Loop', people: 2, lifetime_value: 130, orders: 1, revenue: 12.5 },
    { name: 'Oak Park', people: 1, lifetime_value: 110, orders: 1, revenue: 12.5 },
  ]);

  // Another spelling means the location from now on: whoever has it is in, though no message came.
  const { id } = await rooms.segments.create(workspace, { name: 'Of Points', rule: { program: program.id } });
  await rooms.segments.recompute(workspace);
  expect((await rooms.segments.get(workspace, id)).members).toBe(2);
  await rooms.programs.updateLocation(
    workspace,
    { id: oak.id, program: program.id },
    { aliases: ['Nowhere'] },
    by,
  );
  await rooms.segments.askAgain(workspace);
  await rooms.segments.recompute(workspace);
  expect((await rooms.segments.get(workspace, id)).members).toBe(3);
});

test('what a rule names stays until no rule names it', async () => {
  const program = await rooms.programs.create(workspace, { name: 'Stamps' }, by);
  const { id: location } = await rooms.programs.addLocation(workspace, program.id, { name: 'Pier' }, by);
  const at = { id: location, program: program.id };
  const rule = { not: { location } };
  const { id } = await rooms.segments.create(workspace, { name: 'Not at the pier', rule });
  await expect(rooms.programs.removeLocation(workspace, at, by)).rejects.toMatchObject({
    status: 409,
    code: 'location_in_use',
    message: 'The location is used by the segment "Not at the pier".',
  });
  await expect(rooms.programs.remove(workspace, program.id, by)).rejects.toMatchObject({
    code: 'program_in_use',
  });
  await rooms.segments.remove(workspace, id);
  await rooms.programs.removeLocation(workspace, at, by);
  await rooms.programs.remove(workspace, program.id, by);
  await expect(rooms.programs.get(workspace, program.id)).rejects.toMatchObject({ status: 404 });
});

test('what a rule names must be there', async () => {
  const nobody = '018f3e00-0000-7000-8000-00000000dddd';
  for (const kind of ['program', 'location', 'connection']) {
    await expect(rooms.segments.count(workspace, { any: [{ [kind]: nobody }] })).rejects.toMatchObject({
      status: 400,
      code: `unknown_${kind}`,
      field: `rule.any[0].${kind}`,
    });
  }
});

test('times without an offset are those of the workspace', async () => {
  // Midnight in Berlin is 22:00 UTC of the day before.
  await send(
    person('local', { seen: '2026-06-01' }),
    person('before', { seen: '2026-05-31T21:59:59Z' }),
    person('after', { seen: '2026-05-31T22:00:00Z' }),
  );
  expect(await selected({ attribute: 'seen', operator: 'before', value: '2026-06-01' })).toEqual(['before']);
  const since = { attribute: 'seen', operator: 'between', value: ['2026-06-01', '2026-06-02'] };
  expect(await selected(since)).toEqual(['after', 'local']);
  // Elsewhere from now on: midnight is another instant, though no message came.
  const { id } = await rooms.segments.create(workspace, { name: 'In June', rule: since });
  await rooms.segments.recompute(workspace);
  expect((await rooms.segments.get(workspace, id)).members).toBe(2);
  await rooms.access.workspaces.update(workspace, { timezone: 'Pacific/Auckland' });
  await rooms.segments.askAgain(workspace);
  await rooms.segments.recompute(workspace);
  expect((await rooms.segments.get(workspace, id)).members).toBe(3);
});

test('why somebody is in or out: each condition with what was found', async () => {
  await send(
    person('why', { city: 'Chicago', ltv: 40 }),
    { type: 'track', userId: 'why', event: 'Order', properties: {} },
    { type: 'track', userId: 'why', event: 'Order', properties: {} },
    { type: 'track', anonymousId: 'phone', event: 'Order', properties: {} },
    { type: 'identify', userId: 'why', anonymousId: 'phone', traits: {} },
  );
  const rule = {
    all: [
      { attribute: 'city', operator: 'equals', value: 'Chicago' },
      { not: { attribute: 'ltv', operator: 'greater_than', value: 50 } },
      {
        any: [
          { event: 'Order', count: { at_least: 4 } },
          { attribute: 'vip', operator: 'exists' },
        ],
      },
    ],
  };
  const answer = await rooms.segments.explain(workspace, { rule, profile: 'why' });
  expect(answer).toMatchObject({
    profile: 'why',
    member: false,
    explanation: {
      kind: 'all',
      holds: false,
      children: [
        { path: 'rule.all[0]', kind: 'attribute', holds: true, found: 'Chicago' },
        { kind: 'not', holds: true, children: [{ holds: false, found: '40' }] },
        {
          kind: 'any',
          holds: false,
          children: [
            { kind: 'event', holds: false, found: 3 },
            { kind: 'attribute', holds: false, found: null },
          ],
        },
      ],
    },
  });
  await expect(rooms.segments.explain(workspace, { rule, profile: 'nobody' })).rejects.toMatchObject({
    status: 404,
  });
});
