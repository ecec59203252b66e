import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { runs } from '../../test/support/thorough.ts';
import { createLog, isLinked, type Log } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { compileRule } from './compile.ts';
import { contextOf, nothingElse, versionsOf } from './context.ts';
import { createSegments, type Segments } from './index.ts';
import { type Rule, referencesOf } from './rule.ts';
import { matchingStatement, ruleSettings } from './statements.ts';
import { openStore, type Store } from './store.ts';

/** Asking only those of whom something changed must give what asking everybody gives, whatever happened in between. */

let t: TestEngine<readonly [Log, Profiles, Segments]>;
let store: Store;
const zone = 'Europe/Berlin';
const elsewhere = {
  ...nothingElse(),
  timeZoneOf: async () => zone,
  placesOf: async () => ['chicago loop', 'location:1'],
};
beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      // Not started: nothing is computed but when the test says so.
      return [log, profiles, { ...createSegments(engine, { log, profiles }), start: undefined }] as never;
    },
  });
  t.rooms[2].knowBy(elsewhere);
  store = openStore(t.engine);
}, 60_000);
afterAll(() => t?.close());

const somewhere = '018f3e00-0000-7000-8000-00000000cccc';
const rules: Record<string, Rule> = {
  chicago: { attribute: 'city', operator: 'equals', value: 'Chicago' },
  spenders: { attribute: 'ltv', operator: 'greater_than', value: 50 },
  recently: { attribute: 'when', operator: 'within_last', value: { amount: 2, unit: 'hour' } },
  ordered: { event: 'Order', within_last: { amount: 90, unit: 'minute' } },
  often: {
    event: 'Order',
    count: { at_least: 2 },
    total: { property: 'revenue', operator: 'at_least', value: 30 },
  },
  idle: { not: { event: 'Order', within_last: { amount: 1, unit: 'hour' } } },
  there: { location: somewhere },
  never: { not: { event: 'Order' } },
  nobodys: { event: 'Cart', count: { at_most: 1 } },
  both: {
    all: [
      { attribute: 'city', operator: 'in', value: ['Chicago', 'Boston'] },
      { event: 'Cart', within_last: { amount: 3, unit: 'hour' } },
      { not: { event: 'Order' } },
    ],
  },
  either: {
    any: [
      { attribute: 'city', operator: 'not_exists' },
      { event: 'Cart', count: { exactly: 1 } },
    ],
  },
  soon: {
    event: 'Cart',
    where: [{ property: 'at', operator: 'within_last', value: { amount: 1, unit: 'hour' } }],
  },
};

const who = fc.constantFrom('u1', 'u2', 'u3', 'u4', 'u5', 'a1', 'a2', 'a3');
const minutes = fc.constantFrom(0, 1, 30, 59, 60, 61, 89, 91, 119, 121, 180, 600);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('identify' as const),
    who,
    ago: minutes,
    traits: fc.record(
      {
        city: fc.constantFrom('Chicago', 'Boston', null),
        ltv: fc.constantFrom(10, 60, '70', 'much'),
        // Days ahead, too; with an offset, and as clocks show it.
        when: fc.tuple(fc.constantFrom(-300, -119, -1, 5, 200), fc.boolean()),
        store_location: fc.constantFrom('Chicago Loop ', 'Elsewhere'),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    kind: fc.constant('track' as const),
    who,
    ago: minutes,
    event: fc.constantFrom('Order', 'Cart'),
    revenue: fc.constantFrom(10, 20, 40),
  }),
  fc.record({ kind: fc.constant('join' as const), from: fc.constantFrom('a1', 'a2', 'a3'), to: who }),
);
const round = fc.record({
  steps: fc.array(step, { maxLength: 5 }),
  /** Minutes until the next one. */
  pause: fc.constantFrom(1, 3, 20, 45, 61, 100, 400),
});

let serial = 0;

test('asking those of whom something changed gives what asking everybody gives', {
  timeout: 900_000,
}, async () => {
  let population = 0;
  let partly = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 4, maxLength: 8 }), async (rounds) => {
      const workspace = `018f3e00-0000-7000-8002-${String(++population).padStart(12, '0')}`;
      const ids = new Map<string, string>();
      for (const [name, rule] of Object.entries(rules))
        ids.set(name, (await store.insert(workspace, name, rule)).id);
      const of = (name: string) => ({ segment: ids.get(name)! });
      const nested: Rule = { all: [of('chicago'), { not: of('ordered') }] };
      ids.set('nested', (await store.insert(workspace, 'nested', nested)).id);
      for (const { steps, pause } of rounds) {
        await t.rooms[0].append(steps.map((one) => message(workspace, one)));
        await t.rooms[2].recompute(workspace);
        for (const [name, id] of ids) {
          const row = (await store.find(workspace, id))!;
          if (row.whole_at!.getTime() < row.as_of!.getTime()) partly++;
          expect(await membersOf(workspace, id), name).toEqual(await everybodyAsked(workspace, row.rule));
        }
        t.clock.advance(pause * 60_000);
      }
    }),
    { numRuns: runs(2, 20) },
  );
  expect(partly).toBeGreaterThan(20);
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function message(workspace: string, one: Step) {
  const now = t.clock.now().getTime();
  const at = (minutesAgo: number) => new Date(now - minutesAgo * 60_000).toISOString();
  const is = (id: string) => (id.startsWith('u') ? { userId: id } : { anonymousId: id });
  const base = { messageId: `m${++serial}` };
  const whole = () => {
    switch (one.kind) {
      case 'identify': {
        const { when, ...traits } = one.traits;
        const time = when && (when[1] ? at(-when[0]) : at(-when[0]).slice(0, 19));
        return {
          ...base,
          type: 'identify',
          ...is(one.who),
          timestamp: at(one.ago),
          traits: { ...traits, ...(time && { when: time }) },
        };
      }
      case 'track':
        return {
          ...base,
          type: 'track',
          ...is(one.who),
          timestamp: at(one.ago),
          event: one.event,
          properties: { revenue: one.revenue, at: at(one.ago) },
        };
      case 'join':
        return one.to.startsWith('u')
          ? { ...base, type: 'identify', userId: one.to, anonymousId: one.from, timestamp: at(0), traits: {} }
          : {
              ...base,
              type: 'track',
              anonymousId: one.from,
              timestamp: at(0),
              event: 'Cart',
              properties: {},
            };
    }
  };
  return { workspace, source: 'http', receivedAt: t.clock.now(), message: JSON.stringify(whole()) };
}

async function membersOf(workspace: string, id: string): Promise<string[]> {
  const members: string[] = [];
  for await (const batch of t.rooms[2].membersOf(workspace, id)) members.push(...batch);
  return members.sort();
}

async function everybodyAsked(workspace: string, rule: Rule): Promise<string[]> {
  const surroundings = { clickhouse: t.engine.clickhouse, elsewhere };
  const versions = await versionsOf(store, { workspace, rule });
  const context = await contextOf(surroundings, { workspace, rule }, { now: t.clock.now(), versions });
  expect(context.linked).toBe(await isLinked(t.engine.clickhouse, workspace));
  expect(context.versions.size).toBe(referencesOf(rule).length);
  const compiled = compileRule(rule, context);
  const rows = await t.engine.clickhouse.rows<{ profile: string }>(
    matchingStatement(compiled),
    { ...compiled.params, workspace },
    { settings: ruleSettings },
  );
  return rows.map(({ profile }) => profile).sort();
}

test('who is new is in segments of those of whom there is nothing', async () => {
  const workspace = '018f3e00-0000-7000-8003-000000000001';
  const { id } = await store.insert(workspace, 'never', { not: { event: 'Order' } });
  const seen = (userId: string) =>
    t.rooms[0].append([
      {
        workspace,
        source: 'http',
        receivedAt: t.clock.now(),
        message: JSON.stringify({
          type: 'identify',
          userId,
          messageId: userId,
          timestamp: t.clock.now().toISOString(),
          traits: { color: 'red' },
        }),
      },
    ]);
  await seen('first');
  await t.rooms[2].recompute(workspace);
  t.clock.advance(10 * 60_000);
  await seen('second');
  await t.rooms[2].recompute(workspace);
  expect(await membersOf(workspace, id)).toEqual(['first', 'second']);
});
