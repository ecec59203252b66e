import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, isLinked, type Log, type LogMessage } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { compileRule } from './compile.ts';
import { evaluate, type ModelPerson } from './evaluate.testing.ts';
import { createSegments, type Segments } from './index.ts';
import { parseRule } from './parse.ts';
import { operators } from './rule.ts';
import { matchingStatement, ruleSettings } from './statements.ts';

/** The same rules over the same people, through the real log and in the model: the same answer. */

let t: TestEngine<readonly [Log, Profiles, Segments]>;
beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, createSegments(engine, { log, profiles })] as const;
    },
  });
}, 60_000);
afterAll(async () => {
  await t?.close();
});

const now = new Date('2026-06-15T12:00:00.000Z');
const day = 86_400_000;
const names = ['city', 'ltv', 'when', `o'"\\{p1:String}`, 'größe', '__proto__', 'never'];
const texts = [
  'Chicago',
  'chicago',
  'Chicago Heights',
  'École',
  `'; DROP TABLE messages; --`,
  '\\',
  'a\tb\nc',
  '{p1:String}',
  '日本',
  '',
  '50',
  '50.5',
  '-3',
  '1e3',
  ' 7',
  'inf',
  'true',
  'null',
];
const numbers = [0, 50, 50.5, -3, 0.1, 1000, 123456.789, 1e-7];
const dates = [
  '2020-01-01',
  '2026-06-14T12:00:00.000Z',
  '2026-06-15T12:00:00Z',
  '2026-06-15T14:00:00+02:00',
  '2026-06-16 00:00:00',
  '2026-06-08T12:00:00',
  '2020-99-01',
];
const goodDates = dates.slice(0, -1);

const value = fc.oneof(
  fc.constantFrom<unknown>(...texts, ...numbers, ...dates),
  fc.constantFrom<unknown>(true, false, null, ['Chicago'], { city: 'Chicago' }),
  fc.integer({ min: -10, max: 2000 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => text.toWellFormed().replaceAll('\0', '')),
);
const values = fc.dictionary(fc.constantFrom(...names), value, { noNullPrototype: true });
const eventNames = ['Order', `Or'der"`, 'Cart'];
const event = fc.record({
  name: fc.constantFrom(...eventNames),
  time: fc.constantFrom(0, 1, 2, 7, 8, 30, 90).map((days) => new Date(now.getTime() - days * day)),
  properties: values,
});
/** Some people did things under one or two other ids first, which must not matter. */
const person = fc.record({
  attributes: values,
  events: fc.array(event, { maxLength: 5 }),
  others: fc.constantFrom(0, 1, 2),
});

const scalar = fc.oneof(
  fc.constantFrom<string | number | boolean>(...texts, ...numbers, true),
  fc.constantFrom(...dates),
);
const some = fc.constantFrom('h', 'CHI', 'é', 'É', '\\', "'", '日', '5', '"');
const when = fc.constantFrom(...goodDates);
const number = fc.oneof(fc.constantFrom(...numbers), fc.integer({ min: -10, max: 2000 }));
const duration = fc.record({
  amount: fc.constantFrom(1, 7, 30),
  unit: fc.constantFrom('hour', 'day', 'week'),
});
const is = (operator: string, value?: fc.Arbitrary<unknown>) =>
  value ? fc.record({ operator: fc.constant(operator), value }) : fc.constant({ operator });
const comparison = fc.oneof(
  is('equals', scalar),
  is('not_equals', scalar),
  is('greater_than', number),
  is('at_least', number.map(String)),
  is('less_than', number),
  is('at_most', number),
  is('between', fc.oneof(fc.tuple(number, number), fc.tuple(when, when))),
  is('contains', some),
  is('starts_with', some),
  is('ends_with', some),
  is('in', fc.array(scalar, { minLength: 1, maxLength: 4 })),
  is('exists'),
  is('not_exists'),
  is('before', when),
  is('after', when),
  is('within_last', duration),
);
const count = fc.oneof(
  fc.record({ at_least: fc.nat(3) }),
  fc.record({ at_most: fc.nat(2) }),
  fc.record({ at_least: fc.nat(2), at_most: fc.nat(3) }),
  fc.record({ exactly: fc.nat(2) }),
);
const span = fc.oneof(
  fc.constant({}),
  fc.record({ within_last: duration }),
  fc.record({ from: when }),
  fc.record({ from: when, to: when }),
);
const eventRule = fc
  .tuple(
    fc.constantFrom(...eventNames, 'Never'),
    fc.option(count),
    span,
    fc.array(fc.tuple(fc.constantFrom(...names), comparison), { maxLength: 2 }),
  )
  .map(([event, count, span, where]) => ({
    event,
    ...(count ? { count } : {}),
    ...span,
    where: where.map(([property, comparison]) => ({ property, ...comparison })),
  }));
const attributeRule = fc
  .tuple(fc.constantFrom(...names), comparison)
  .map(([attribute, comparison]) => ({ attribute, ...comparison }));
const { rule } = fc.letrec<{ rule: unknown }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(attributeRule, attributeRule, eventRule),
    fc.record({ all: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('rule') }),
  ),
}));

interface Given extends ModelPerson {
  /** How many other ids: the last of them leads to the one before, and that to the person's own. */
  others: number;
}

const othersOf = (id: string, { others }: Given) => [`former ${id}`, `guest of ${id}`].slice(2 - others);

function messagesOf(workspace: string, id: string, person: Given): LogMessage[] {
  let serial = 0;
  const message = (who: object, at: Date, fields: object): LogMessage => ({
    workspace,
    source: 'http',
    receivedAt: now,
    message: JSON.stringify({
      messageId: `${id} ${++serial}`,
      timestamp: at.toISOString(),
      ...who,
      ...fields,
    }),
  });
  const user = { userId: id };
  const others = othersOf(id, person);
  const guest = others.at(-1);
  const first = guest === undefined ? user : { anonymousId: guest };
  const old = Object.fromEntries(Object.keys(person.attributes).map((key) => [key, 'outdated']));
  const messages = [
    message(first, new Date(now.getTime() - 2 * day), { type: 'identify', traits: old }),
    ...person.events.map(({ name, time, properties }) =>
      message(first, time, { type: 'track', event: name, properties }),
    ),
    ...(others.length === 2
      ? [
          message({ userId: others[0], ...first }, now, { type: 'identify', traits: {} }),
          message({ ...user, previousId: others[0] }, now, { type: 'alias' }),
          message(user, now, { type: 'identify', traits: person.attributes }),
        ]
      : [message({ ...user, ...first }, now, { type: 'identify', traits: person.attributes })]),
  ];
  // Everything comes twice, as after a lost acknowledgement.
  return [...messages, ...messages];
}

/** Who a rule selects, through the engine, in order. */
async function selected(workspace: string, given: unknown): Promise<string[]> {
  const linked = await isLinked(t.engine.clickhouse, workspace);
  const rule = compileRule(parseRule(given), { ...context, now, linked });
  const rows = await t.engine.clickhouse.rows<{ profile: string }>(
    matchingStatement(rule),
    { ...rule.params, workspace },
    { settings: ruleSettings },
  );
  return rows.map(({ profile }) => profile).sort();
}

const context = {
  timeZone: 'UTC',
  versions: new Map<string, number>(),
  places: () => [],
  listed: () => ({ attribute: '', value: '' }),
};

let population = 0;

test('compiled rules select the same people as the model does', { timeout: 240_000 }, async () => {
  const [log, , segments] = t.rooms;
  let rules = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(person, { minLength: 40, maxLength: 60 }),
      fc.array(rule, { minLength: 50, maxLength: 50 }),
      async (people, given) => {
        const workspace = `018f3e00-0000-7000-8000-${String(++population).padStart(12, '0')}`;
        const id = (i: number) => `p${i}'"\\é`;
        await log.append(people.flatMap((person, i) => messagesOf(workspace, id(i), person)));
        const asked = people.map((person, i) => [id(i), ...othersOf(id(i), person)]);
        for (const one of given) {
          const parsed = parseRule(one);
          const chosen = people.flatMap((person, i) => (evaluate(parsed, person, now) ? [i] : []));
          expect(await selected(workspace, one), JSON.stringify(one)).toEqual(chosen.map(id).sort());
          if (rules++ % 4 > 0) continue;
          // Some of them, by any of their ids.
          const among = asked.flat().filter((_, n) => n % 3 !== rules % 3);
          const expected = chosen.flatMap((i) => asked[i]!).filter((each) => among.includes(each));
          const found = await segments.among(workspace, parsed, [...among, 'nobody']);
          expect([...found].sort(), JSON.stringify(one)).toEqual(expected.sort());
        }
      },
    ),
    { numRuns: 5, endOnFailure: true },
  );
  expect(rules).toBeGreaterThanOrEqual(250);
  // None of the names and values did anything but be compared.
  await t.engine.clickhouse.rows(adhoc('tables', 'SELECT count() FROM messages'));
});

test('every operator against every kind of value, of attributes and of properties', {
  timeout: 60_000,
}, async () => {
  const workspace = '018f3e00-0000-7000-8000-00000000bbbb';
  const stored = [
    ...texts,
    ...numbers,
    ...dates,
    true,
    false,
    null,
    ['Chicago'],
    { city: 'Chicago' },
    'ÉCOLE',
    '50.0',
  ];
  const people = stored.map((value) => ({
    attributes: { it: value },
    events: [{ name: 'Order', time: now, properties: { it: value } }],
    others: 0,
  }));
  const id = (i: number) => `p${String(i).padStart(3, '0')}`;
  await t.rooms[0].append(people.flatMap((person, i) => messagesOf(workspace, id(i), person)));
  const given: Record<string, unknown[]> = {
    equals: [
      'Chicago',
      'chicago',
      '50',
      50,
      50.5,
      0.1,
      1e-7,
      1000,
      true,
      'true',
      '',
      '\\',
      'a\tb\nc',
      'null',
    ],
    not_equals: ['Chicago', 50, false],
    greater_than: [50, -3, '0.1'],
    at_least: [50, 1000],
    less_than: [50, 0.1],
    at_most: [50, 0.1],
    between: [
      [-3, 50],
      [50, -3],
      ['2026-06-14T12:00:00Z', '2026-06-15T12:00:00Z'],
      ['2020-01-01', '2020-01-01'],
    ],
    contains: ['CHIC', 'école', 'É', '\\', '5', '"', '\n', '%', '日'],
    starts_with: ['chicago', 'éc', '5', '{'],
    ends_with: ['HEIGHTS', 'E', '.5', '}'],
    in: [['Chicago', 50], [true], ['50.5', 0.1, 'nobody'], [1000]],
    exists: [undefined],
    not_exists: [undefined],
    before: ['2026-06-15T12:00:00Z', '2020-01-01'],
    after: ['2026-06-15T12:00:00Z', '2020-01-01'],
    within_last: [
      { amount: 7, unit: 'day' },
      { amount: 1, unit: 'hour' },
    ],
  };
  expect(Object.keys(given)).toEqual(Object.keys(operators));
  for (const [operator, values] of Object.entries(given)) {
    for (const value of values) {
      for (const rule of [
        { attribute: 'it', operator, value },
        { event: 'Order', where: [{ property: 'it', operator, value }] },
      ]) {
        const expected = people.flatMap((person, i) =>
          evaluate(parseRule(rule), person, now) ? [id(i)] : [],
        );
        expect(await selected(workspace, rule), JSON.stringify(rule)).toEqual(expected);
      }
    }
  }
});

test('negations find people who never did or were anything of the kind', async () => {
  const workspace = '018f3e00-0000-7000-8000-00000000aaaa';
  await t.rooms[0].append([
    ...messagesOf(workspace, 'with', {
      attributes: { city: 'Chicago' },
      events: [{ name: 'Order', time: now, properties: {} }],
      others: 0,
    }),
    ...messagesOf(workspace, 'without', { attributes: {}, events: [], others: 0 }),
  ]);
  const select = (given: unknown) => selected(workspace, given);
  expect(await select({ attribute: 'city', operator: 'not_equals', value: 'Chicago' })).toEqual(['without']);
  expect(await select({ attribute: 'city', operator: 'not_exists' })).toEqual(['without']);
  expect(await select({ event: 'Order', count: { exactly: 0 } })).toEqual(['without']);
  expect(await select({ not: { event: 'Order' } })).toEqual(['without']);
  expect(await select({ all: [] })).toEqual(['with', 'without']);
  expect(await select({ any: [] })).toEqual([]);
});
