import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { runs, thorough } from '../../test/support/thorough.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log } from '../log/index.ts';
import type { DocumentEvent } from './document.ts';
import { createPrograms, type Program, type Programs } from './index.ts';
import { peopleAtOnce } from './people.ts';

let t: TestEngine<readonly [Log, Programs]>;
let programs: Programs;
/** Each test has its own. */
let workspace: string;
let tests = 0;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createPrograms(engine, { log }, { background: false })] as const;
    },
  });
  programs = t.rooms[1];
});
afterAll(() => t?.close());
beforeEach(() => {
  workspace = nextWorkspace();
});

const nextWorkspace = () => `018f3e00-0000-7000-8000-${String(++tests).padStart(12, '0')}`;
const person = { kind: 'person', id: 'p1', name: 'Ann' } as const;

const document = (data: unknown, more: Partial<DocumentEvent> = {}): DocumentEvent => ({
  id: 'd1',
  source: '/crm',
  subject: 'points',
  time: '2026-05-01T10:00:00Z',
  data,
  ...more,
});
const take = (data: unknown, more: Partial<DocumentEvent> = {}) =>
  programs.takeDocument(workspace, document(data, more));

/** What is known, without what differs from workspace to workspace and from arrival to arrival. */
async function known(of: string) {
  const all = await programs.list(of);
  const whole = await Promise.all(all.map(({ id }) => programs.get(of, id)));
  return whole
    .map(({ external_id, name, timezone, sender, locations }) => ({
      external_id,
      name,
      timezone,
      sender,
      locations: locations
        .map((one) => ({
          external_id: one.external_id,
          name: one.name,
          aliases: one.aliases,
          timezone: one.timezone,
          address: one.address,
        }))
        .sort(byExternalId),
    }))
    .sort(byExternalId);
}
const byExternalId = (a: { external_id: string | null }, b: { external_id: string | null }) =>
  a.external_id! < b.external_id! ? -1 : 1;

const groups = adhoc(
  'test_groups',
  `SELECT place, person FROM (
     SELECT JSONExtractString(message, 'groupId') AS place, JSONExtractString(message, 'userId') AS person,
       JSONExtractString(message, 'timestamp') AS at, JSONExtractBool(message, 'traits', 'left') AS left
     FROM messages WHERE workspace = {workspace:UUID} AND startsWith(source, 'program:'))
   GROUP BY place, person HAVING argMax(NOT left, (at, left)) ORDER BY place, person`,
);

/** Who belongs where by the log: names of programs and locations, and people. */
async function belonging(of: string): Promise<Record<string, string[]>> {
  await programs.drain();
  const rows = await t.engine.clickhouse.rows<{ place: string; person: string }>(groups, { workspace: of });
  const names = new Map<string, string>();
  for (const { id, external_id } of await programs.list(of)) {
    names.set(`program:${id}`, `${external_id}`);
    const { locations } = await programs.get(of, id);
    for (const one of locations) names.set(`location:${one.id}`, `${external_id}/${one.external_id}`);
  }
  const result: Record<string, string[]> = {};
  for (const { place, person } of rows) {
    const name = names.get(place) ?? place;
    result[name] = [...(result[name] ?? []), person];
  }
  return result;
}

const messages = adhoc(
  'test_messages',
  `SELECT source, message FROM messages WHERE workspace = {workspace:UUID} ORDER BY message`,
);
const logged = async () =>
  (await t.engine.clickhouse.rows<{ source: string; message: string }>(messages, { workspace })).map(
    ({ source, message }): Record<string, unknown> => ({ source, ...JSON.parse(message) }),
  );

const only = async (): Promise<Program> => {
  const all = await programs.list(workspace);
  expect(all).toHaveLength(1);
  return programs.get(workspace, all[0]!.id);
};

describe('documents', () => {
  test('make a program with its locations, and those listed belong to them', async () => {
    const taken = await take({
      id: 'points',
      name: 'Points',
      timezone: 'America/Chicago',
      sender: { name: 'Points', address: 'points@shop.example', reply_to: null },
      associated_users_list: ['ann', 7, { id: 'cem' }, { email: ' Dee@Shop.Example ' }, 'ann'],
      something: { else: true },
      locations: [
        {
          id: 'l1',
          name: 'Chicago',
          aliases: ['CHI', 'Chicago Loop', 'CHI'],
          timezone: 'America/New_York',
          sender: { name: 'Chicago' },
          address: { street: '1 Lake St', city: 'Chicago', postal_code: '60601', country: 'US' },
          associated_users_list: ['ann'],
        },
        'Boston',
      ],
    });
    const program = await only();
    expect(taken).toEqual({ program: program.id, people: 5 });
    expect(program).toMatchObject({
      external_id: 'points',
      name: 'Points',
      timezone: 'America/Chicago',
      sender: { name: 'Points', address: 'points@shop.example', reply_to: null },
      updated_by: { kind: 'document', id: 'd1', name: '/crm' },
      taking_people: true,
      locations: [
        { external_id: 'Boston', name: 'Boston', aliases: [], timezone: null },
        {
          external_id: 'l1',
          name: 'Chicago',
          aliases: ['CHI', 'Chicago Loop'],
          timezone: 'America/New_York',
          sender: { name: 'Chicago', address: null, reply_to: null },
          address: {
            street: '1 Lake St',
            city: 'Chicago',
            region: null,
            postal_code: '60601',
            country: 'US',
          },
        },
      ],
    });
    expect(await belonging(workspace)).toEqual({
      points: ['7', 'ann', 'cem', 'dee@shop.example'],
      'points/l1': ['ann'],
    });
    expect((await only()).taking_people).toBe(false);
    const [first] = await logged();
    expect(first).toMatchObject({
      source: `program:${program.id}`,
      type: 'group',
      timestamp: '2026-05-01T10:00:00.000Z',
    });
  });

  test('the same again changes nothing, also without a time of its own', async () => {
    const undated = { time: undefined };
    const data = { name: 'Points', associated_users_list: ['ann'] };
    await take(data, undated);
    await programs.drain();
    const [before, was] = [await only(), await logged()];
    t.clock.advance(60_000);
    await take({ ...data, associated_users_list: [] }, undated);
    await take(data, undated);
    expect(await belonging(workspace)).toEqual({});
    await take({ ...data, name: 'Stars' }, undated);
    await take(data, undated);
    expect(await only()).toMatchObject({ id: before.id, name: 'Stars' });
    expect(await belonging(workspace)).toEqual({ points: ['ann'] });
    expect(was).toHaveLength(1);
  });

  test('an older one changes nothing a newer one said, and adds what that did not', async () => {
    await take({ name: 'New', locations: [{ id: 'a', name: 'A new' }] }, { time: '2026-05-02T00:00:00Z' });
    await take({
      name: 'Old',
      timezone: 'Europe/Berlin',
      locations: [{ id: 'a', name: 'A old', aliases: ['AA'] }, { id: 'b' }],
    });
    expect(await only()).toMatchObject({
      name: 'New',
      timezone: 'Europe/Berlin',
      locations: [
        { name: 'A new', aliases: ['AA'] },
        { name: 'b', external_id: 'b' },
      ],
    });
  });

  test('who is on the newer list no longer has left; an older list changes nothing', async () => {
    const list = (...people: string[]) => ({ associated_users_list: people });
    await take(list('ann', 'bob'));
    await programs.drain();
    await take(list('bob', 'cem'), { id: 'd3', time: '2026-05-03T10:00:00Z' });
    await programs.drain();
    await take(list('dee'), { id: 'd2', time: '2026-05-02T10:00:00Z' });
    expect(await belonging(workspace)).toEqual({ points: ['bob', 'cem'] });
    const left = (await logged()).filter(({ traits }) => traits !== undefined);
    expect(left).toMatchObject([
      { userId: 'ann', traits: { left: true }, timestamp: '2026-05-03T10:00:00.000Z' },
    ]);
    await take({ name: 'Of lists it says nothing' }, { time: '2026-05-04T10:00:00Z' });
    expect(await belonging(workspace)).toEqual({ points: ['bob', 'cem'] });
    await take(list('ann'), { time: '2026-05-05T10:00:00Z' });
    expect(await belonging(workspace)).toEqual({ points: ['ann'] });
    await take(list(), { time: '2026-05-06T10:00:00Z' });
    expect(await belonging(workspace)).toEqual({});
  });

  test('a long list, and a kill in the middle of it', { timeout: 60_000 }, async () => {
    const people = Array.from({ length: peopleAtOnce * 2 + 1 }, (_, n) => `person ${n}`);
    let appended = 0;
    const log: Log = {
      ...t.rooms[0],
      append(messages) {
        if (appended++ === 1) return Promise.reject(new Error('killed'));
        return t.rooms[0].append(messages);
      },
    };
    const killed = createPrograms(t.engine, { log }, { background: false });
    await killed.takeDocument(workspace, document({ associated_users_list: people }));
    await expect(killed.drain()).rejects.toThrow('killed');
    expect((await only()).taking_people).toBe(true);
    expect((await belonging(workspace)).points).toHaveLength(people.length);
    const ids = (await logged()).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(people.length);
    expect((await only()).taking_people).toBe(false);

    // Half of them leave, killed in between too.
    const stay = people.filter((_, n) => n % 2 === 0);
    appended = 0;
    const later = { time: '2026-05-02T10:00:00Z' };
    await killed.takeDocument(workspace, document({ associated_users_list: stay }, later));
    await expect(killed.drain()).rejects.toThrow('killed');
    expect((await belonging(workspace)).points).toHaveLength(stay.length);
  });

  test('a newer list that comes while the older one is written', async () => {
    let meanwhile: (() => Promise<unknown>) | undefined;
    const log: Log = {
      ...t.rooms[0],
      async append(messages) {
        await t.rooms[0].append(messages);
        const [run] = [meanwhile];
        meanwhile = undefined;
        await run?.();
      },
    };
    const slow = createPrograms(t.engine, { log }, { background: false });
    await take({ associated_users_list: ['ann', 'bob'] });
    let other: Promise<void> | undefined;
    meanwhile = async () => {
      await take({ associated_users_list: ['bob'] }, { time: '2026-05-02T10:00:00Z' });
      // Waits until the older one is written.
      other = programs.drain();
    };
    await slow.drain();
    await other;
    expect((await only()).taking_people).toBe(false);
    expect(await belonging(workspace)).toEqual({ points: ['bob'] });
  });

  test.each<[string, unknown, Partial<DocumentEvent>, string]>([
    ['no data', undefined, {}, 'data'],
    ['a list for data', [], {}, 'data'],
    ['an empty name', { name: ' ' }, {}, 'data.name'],
    ['NUL in a name', { name: 'a\0b' }, {}, 'data.name'],
    ['NUL in its id', {}, { id: 'a\0' }, 'id'],
    ['no time zone', { timezone: 'Mars/Olympus' }, {}, 'data.timezone'],
    ['a wrong address', { sender: { address: 'shop' } }, {}, 'data.sender.address'],
    ['a header in a name', { sender: { name: 'a\r\nBcc: b' } }, {}, 'data.sender.name'],
    ['locations that are no list', { locations: {} }, {}, 'data.locations'],
    ['a location without a name', { locations: [{ id: 'a' }, {}] }, {}, 'data.locations[1].id'],
    ['a location twice', { locations: [{ id: 'a' }, 'a'] }, {}, 'data.locations[1].name'],
    ['a wrong zone', { locations: [{ id: 'a', timezone: 'x' }] }, {}, 'data.locations[0].timezone'],
    ['nobody', { associated_users_list: ['a', ''] }, {}, 'data.associated_users_list[1]'],
    ['no person', { associated_users_list: [{}] }, {}, 'data.associated_users_list[0]'],
    ['no list', { associated_users_list: 'a,b' }, {}, 'data.associated_users_list'],
    [
      'a long id',
      { locations: [{ id: 'a', associated_users_list: ['x'.repeat(257)] }] },
      {},
      'data.locations[0].associated_users_list[0]',
    ],
    ['a time to come', {}, { time: '2026-06-17T00:00:00Z' }, 'time'],
    ['a time too early', {}, { time: '1969-01-01T00:00:00Z' }, 'time'],
  ])('%s is refused, with the field, and nothing of it is kept', async (_what, data, more, field) => {
    const refused = take(data, more);
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'bad_loyalty_program', field });
    expect(await programs.list(workspace)).toEqual([]);
  });

  test('what a person made under the same name is taken for it', async () => {
    const made = await programs.create(workspace, { name: 'Points' }, person);
    const at = { id: (await programs.addLocation(workspace, made.id, { name: 'chicago ' }, person)).id };
    await take({ locations: [{ id: 'l1', name: 'Chicago', timezone: 'America/Chicago' }], name: 'POINTS' });
    expect(await only()).toMatchObject({
      id: made.id,
      external_id: 'points',
      // Said by a person after the time of the document.
      name: 'Points',
      locations: [{ id: at.id, external_id: 'l1', name: 'chicago ', timezone: 'America/Chicago' }],
    });
  });

  test('people say the last word until a later document; what they removed stays so', async () => {
    await take({ name: 'Points', locations: [{ id: 'a' }, { id: 'b' }] }, { time: '2026-06-16T11:00:00Z' });
    const program = await only();
    // The document's clock is ahead of ours.
    await programs.update(workspace, program.id, { name: 'Stars' }, person);
    const [a] = program.locations;
    await programs.removeLocation(workspace, { id: a!.id, program: program.id }, person);
    await take({ name: 'Other', locations: ['a'] }, { time: '2026-06-15T11:00:00Z' });
    expect(await only()).toMatchObject({ name: 'Stars', updated_by: person, locations: [{ name: 'b' }] });
    await programs.remove(workspace, program.id, person);
    await take({ name: 'Other' }, { time: '2026-06-15T11:00:00Z' });
    expect(await programs.list(workspace)).toEqual([]);
    await expect(programs.get(workspace, program.id)).rejects.toMatchObject({ status: 404 });

    t.clock.advance(48 * 60 * 60 * 1000);
    await take({ name: 'Back' }, { time: '2026-06-17T12:00:00Z' });
    expect(await only()).toMatchObject({ id: program.id, name: 'Back', locations: [{ name: 'b' }] });
  });

  test('any order and repetition of documents gives the same', {
    timeout: thorough ? 900_000 : 120_000,
  }, async () => {
    const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const people = fc.uniqueArray(fc.constantFrom('ann', 'bob', 'cem', 'dee'));
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', null);
    const data = fc.record(
      {
        id: fc.constantFrom('p', 'q'),
        name: some(fc.constantFrom('One', 'Two', 'Three')),
        timezone: some(zones),
        associated_users_list: some(people),
        locations: fc.uniqueArray(
          fc.record({
            id: fc.constantFrom('a', 'b'),
            name: some(fc.constantFrom('Chicago', 'Boston')),
            timezone: some(zones),
            aliases: some(fc.uniqueArray(fc.constantFrom('CHI', 'BOS'))),
            associated_users_list: some(people),
          }),
          { selector: ({ id }) => id },
        ),
      },
      { requiredKeys: ['id'] },
    );
    const documents = fc.array(
      fc.record({
        id: fc.constantFrom('d1', 'd2'),
        // Few, so that some have the same.
        time: fc.integer({ min: 1, max: 4 }).map((day) => `2026-05-0${day}T00:00:00Z`),
        data,
      }),
      { minLength: 1, maxLength: 6 },
    );
    const arrivals = documents.chain((all) => {
      const indices = all.map((_, n) => n);
      return fc.record({
        all: fc.constant(all),
        order: fc.shuffledSubarray(indices, { minLength: all.length }),
        again: fc.array(fc.constantFrom(...indices), { maxLength: 3 }),
        drains: fc.array(fc.boolean(), { minLength: all.length + 3, maxLength: all.length + 3 }),
      });
    });
    const hear = async (all: { id: string; time: string; data: unknown }[], drains: boolean[]) => {
      workspace = nextWorkspace();
      for (const [n, { data, ...more }] of all.entries()) {
        await take(data, more);
        if (drains[n]) await programs.drain();
      }
      return { known: await known(workspace), belonging: await belonging(workspace) };
    };
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ all, order, again, drains }) => {
        const straight = await hear(all, []);
        const otherwise = await hear(
          [...order, ...again].map((n) => all[n]!),
          drains,
        );
        expect(otherwise).toEqual(straight);
      }),
      { numRuns: runs(12, 200) },
    );
  });
});

describe('people and their programs', () => {
  test('make, change and remove programs and locations', async () => {
    const made = await programs.create(workspace, { name: 'Points', timezone: 'Europe/Berlin' }, person);
    expect(made).toMatchObject({ external_id: null, locations: [], updated_by: person });
    const sender = { name: 'Berlin', address: 'berlin@shop.example', reply_to: null };
    const berlin = await programs.addLocation(
      workspace,
      made.id,
      { name: 'Berlin', aliases: ['BER'], sender, external_id: '17' },
      person,
    );
    expect(berlin).toMatchObject({ name: 'Berlin', aliases: ['BER'], sender, timezone: null });
    const at = { id: berlin.id, program: made.id };
    await programs.updateLocation(workspace, at, { aliases: ['Mitte'], timezone: 'UTC' }, person);
    expect(await only()).toMatchObject({
      locations: [{ id: berlin.id, aliases: ['Mitte'], timezone: 'UTC', sender }],
    });
    expect(await programs.options(workspace)).toEqual([
      { id: made.id, name: 'Points', locations: [{ id: berlin.id, name: 'Berlin' }] },
    ]);
    await programs.removeLocation(workspace, at, person);
    expect((await only()).locations).toEqual([]);
    // Made again under its external id it is the same, as segments and reports name it.
    const again = await programs.addLocation(
      workspace,
      made.id,
      { name: 'Kreuzberg', external_id: '17' },
      person,
    );
    expect(again).toMatchObject({ id: berlin.id, name: 'Kreuzberg' });
    await programs.remove(workspace, made.id, person);
    expect(await programs.list(workspace)).toEqual([]);
    expect(await programs.options(workspace)).toEqual([]);
    expect(await programs.placesOf(workspace, { location: again.id })).toBeUndefined();
  });

  test('a spelling means one location of a program, an external id one program', async () => {
    const made = await programs.create(workspace, { name: 'A', external_id: 'a' }, person);
    await programs.addLocation(
      workspace,
      made.id,
      { name: 'Chicago', aliases: ['CHI'], external_id: '1' },
      person,
    );
    const add = (location: { name: string; aliases?: string[]; external_id?: string }) =>
      programs.addLocation(workspace, made.id, location, person);
    const taken = { status: 409, code: 'spelling_taken' };
    await expect(add({ name: ' chi ' })).rejects.toMatchObject({ ...taken, field: 'name' });
    await expect(add({ name: 'B', aliases: ['CHICAGO'] })).rejects.toMatchObject({
      ...taken,
      field: 'aliases',
    });
    await expect(add({ name: 'B', external_id: '1' })).rejects.toMatchObject({
      status: 409,
      field: 'external_id',
    });
    const boston = await add({ name: 'Boston' });
    const at = { id: boston.id, program: made.id };
    await programs.updateLocation(workspace, at, { name: 'boston', aliases: ['Boston'] }, person);
    await expect(
      programs.updateLocation(workspace, at, { external_id: 'chi' }, person),
    ).rejects.toMatchObject({ ...taken, field: 'external_id' });
    await expect(programs.create(workspace, { name: 'B', external_id: 'a' }, person)).rejects.toMatchObject({
      status: 409,
      code: 'external_id_taken',
      field: 'external_id',
    });
  });

  test('places are all texts under which somebody can belong', async () => {
    await take({
      name: 'Points',
      locations: [{ id: 'L1', name: ' Chicago', aliases: ['CHI ', 'chicago'] }, 'Boston'],
    });
    const program = await only();
    const [boston, chicago] = program.locations;
    expect(await programs.placesOf(workspace, { location: chicago!.id })).toEqual([
      `location:${chicago!.id}`,
      'chicago',
      'chi',
      'l1',
    ]);
    expect(await programs.placesOf(workspace, { program: program.id })).toEqual([
      `program:${program.id}`,
      `location:${boston!.id}`,
      'boston',
      `location:${chicago!.id}`,
      'chicago',
      'chi',
      'l1',
    ]);
    const elsewhere = nextWorkspace();
    expect(await programs.placesOf(elsewhere, { program: program.id })).toBeUndefined();
    expect(await programs.placesOf(elsewhere, { location: boston!.id })).toBeUndefined();
    expect(await programs.placesOf(workspace, { program: boston!.id })).toBeUndefined();
  });

  test('what people have for their store location and means none is told', async () => {
    const [log] = t.rooms;
    const from = (stores: unknown[]) =>
      log.append(
        stores.map((store_location, n) => ({
          workspace,
          source: 'http',
          receivedAt: t.clock.now(),
          message: JSON.stringify({
            type: 'identify',
            messageId: `${tests} ${n}`,
            userId: `person ${n}`,
            timestamp: '2026-05-01T00:00:00Z',
            traits: { store_location },
          }),
        })),
      );
    await from(['Chicago', ' chi', 'Chicgo', 'CHICGO ', '', null, 17, 'Boston']);
    const unknown = () => programs.unknownSpellings(workspace);
    expect((await unknown()).map(({ people }) => people)).toEqual([2, 1, 1, 1, 1]);
    const made = await programs.create(workspace, { name: 'Points' }, person);
    const chicago = { name: 'Chicago', aliases: ['CHI', 'chicgo'] };
    await programs.addLocation(workspace, made.id, chicago, person);
    expect(await unknown()).toEqual([
      { spelling: '17', people: 1 },
      { spelling: 'Boston', people: 1 },
    ]);
    await programs.addLocation(workspace, made.id, { name: 'Boston', external_id: '17' }, person);
    expect(await unknown()).toEqual([]);
    await programs.remove(workspace, made.id, person);
    expect(await unknown()).toHaveLength(5);
  });

  test('another workspace has nothing of it', async () => {
    const made = await programs.create(workspace, { name: 'Points' }, person);
    const location = await programs.addLocation(workspace, made.id, { name: 'Berlin' }, person);
    const mine = workspace;
    const other = nextWorkspace();
    const missing = { status: 404 };
    await expect(programs.get(other, made.id)).rejects.toMatchObject(missing);
    await expect(programs.update(other, made.id, { name: 'x' }, person)).rejects.toMatchObject(missing);
    await expect(programs.remove(other, made.id, person)).rejects.toMatchObject(missing);
    await expect(programs.addLocation(other, made.id, { name: 'x' }, person)).rejects.toMatchObject(missing);
    const at = { id: location.id, program: made.id };
    await expect(programs.updateLocation(other, at, { name: 'x' }, person)).rejects.toMatchObject(missing);
    await expect(programs.removeLocation(other, at, person)).rejects.toMatchObject(missing);
    const wrong = { ...at, program: (await programs.create(mine, { name: 'Stars' }, person)).id };
    await expect(programs.removeLocation(mine, wrong, person)).rejects.toMatchObject(missing);
    expect((await programs.get(mine, made.id)).locations).toHaveLength(1);
  });

  test('many at once make as many as there may be, each once', { timeout: 60_000 }, async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        programs.takeDocument(workspace, document({ name: 'Same', id: `p${n % 3}` }, { id: `d${n}` })),
      ),
    );
    expect(new Set(made.map(({ program }) => program)).size).toBe(3);
    expect(await programs.list(workspace)).toHaveLength(3);
  });
});
