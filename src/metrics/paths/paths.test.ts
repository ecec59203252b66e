import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { runs, thorough } from '../../../test/support/thorough.ts';
import { createLog, type Log } from '../../log/index.ts';
import { createMetrics, type Metrics } from '../index.ts';
import type { QuestionWords } from '../query/index.ts';
import { ranks } from './funnel_sql.ts';
import {
  type Event,
  type Filter,
  type Funnel,
  funnelOf,
  labelOf,
  type Retention,
  retentionOf,
} from './model.testing.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.parse('2026-04-20T10:30:00Z');

let t: TestEngine<readonly [Log, Metrics]>;
let count = 0;
/** Questions that were answered while all hours were open, to be asked again when they are counted ahead. */
const again: (() => Promise<void>)[] = [];

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createMetrics(engine, { log })] as const;
    },
    now: new Date(now),
  });
});
afterAll(() => t?.close());

const newWorkspace = () => `018f3e00-0000-7000-8000-${String(++count).padStart(12, '0')}`;
const ask = <Q extends QuestionWords>(workspace: string, question: Q) =>
  t.rooms[1].query({ id: workspace, timezone: 'UTC' }, question);

/** Something done on a device, signed in or not. */
interface Said {
  device: number;
  user: number | null;
  name: string;
  time: number;
  x: number | null;
  path: number;
  twice: boolean;
}
interface World {
  said: Said[];
  /** Devices that are known to belong to users, in the end; users who turned out to be others. */
  links: (number | null)[];
  aliases: (number | null)[];
}

const rapports = 'Email Sent';

async function say(workspace: string, { said, links, aliases }: World): Promise<Event[]> {
  const ids = ({ device, user }: Pick<Said, 'device' | 'user'>) =>
    user === null ? { anonymousId: `d${device}` } : { userId: `u${user}` };
  const at = (time: number) => ({ timestamp: new Date(time).toISOString() });
  const events = said.map(({ device, user, name, time, x, path }, n) => ({
    type: 'track',
    messageId: `m${n}`,
    event: name,
    ...(name === rapports ? { userId: user === null ? `d${device}` : `u${user}` } : ids({ device, user })),
    ...at(time),
    properties: { ...(x === null ? {} : { x }) },
    context: { page: { path: `/${path}`, url: `https://shop.example/${path}` } },
  }));
  const identities = [
    ...links.flatMap((user, device) =>
      user === null
        ? []
        : [
            {
              type: 'identify',
              messageId: `i${device}`,
              anonymousId: `d${device}`,
              userId: `u${user}`,
              ...at(now - 2 * HOUR),
            },
          ],
    ),
    ...aliases.flatMap((other, user) =>
      other === null || other <= user
        ? []
        : [
            {
              type: 'alias',
              messageId: `a${user}`,
              previousId: `u${user}`,
              userId: `u${other}`,
              ...at(now - HOUR),
            },
          ],
    ),
  ];
  const repeated = events.filter((_, n) => said[n]!.twice);
  await t.rooms[0].append(
    [...events, ...repeated, ...identities].map((message) => ({
      workspace,
      source: 'event' in message && message.event === rapports ? 'delivery' : 'http',
      receivedAt: new Date(now),
      message: JSON.stringify(message),
    })),
  );
  const known = new Map<string, string>();
  for (const [device, user] of links.entries()) if (user !== null) known.set(`d${device}`, `u${user}`);
  for (const [user, other] of aliases.entries()) {
    if (other !== null && other > user) known.set(`u${user}`, `u${other}`);
  }
  const whoIs = (id: string): string => (known.has(id) ? whoIs(known.get(id)!) : id);
  return said.map(({ device, user, name, time, x, path }) => ({
    person: whoIs(user === null ? `d${device}` : `u${user}`),
    time,
    name,
    byRapport: name === rapports,
    values: { 'property:x': x === null ? '' : String(x), path: `/${path}` },
  }));
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const worldOf = (times: fc.Arbitrary<number>) =>
  fc.record({
    said: fc.array(
      fc.record({
        device: fc.nat(3),
        user: fc.option(fc.nat(2), { freq: 2 }),
        name: fc.constantFrom('A', 'A', 'B', 'B', 'C', 'D', rapports),
        time: times,
        x: fc.option(fc.nat(1)),
        path: fc.nat(2),
        twice: fc.boolean(),
      }),
      { minLength: 1, maxLength: 40 },
    ),
    links: fc.array(fc.option(fc.nat(2)), { minLength: 4, maxLength: 4 }),
    aliases: fc.array(fc.option(fc.nat(2)), { minLength: 3, maxLength: 3 }),
  });
const filter: fc.Arbitrary<Filter> = fc.record({
  dimension: fc.constantFrom('property:x', 'path', 'event'),
  operator: fc.constantFrom('equals', 'not_equals'),
  value: fc.constantFrom('0', '1', '/0', '/1', 'A'),
});
/** Seldom, since most of them leave nothing. */
const filters: fc.Arbitrary<Filter[]> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Filter[]>([]) },
  { weight: 1, arbitrary: fc.array(filter, { maxLength: 2 }) },
);
const wordsOf = (list: Filter[] = []) => list as { dimension: 'path'; operator: 'equals'; value: string }[];

// Quarters of an hour and a millisecond to each side: many ties, and windows that end exactly there.
const base = Date.parse('2026-04-02T20:00:00Z');
const quarters = fc
  .tuple(fc.nat(30), fc.constantFrom(0, 0, 0, 0, -1, 1))
  .map(([n, beside]) => base + n * 15 * MINUTE + beside);
const funnel: fc.Arbitrary<Funnel> = fc.record({
  steps: fc.array(fc.record({ event: fc.constantFrom('A', 'B', 'C', rapports), filters }), {
    minLength: 2,
    maxLength: 4,
  }),
  window: fc.constantFrom(15 * MINUTE, HOUR, 3 * HOUR),
  dimension: maybe(fc.constantFrom('path', 'property:x')),
  filters,
  from: fc.nat(10).map((n) => base + n * 15 * MINUTE),
  to: fc.integer({ min: 11, max: 40 }).map((n) => base + n * 15 * MINUTE),
});

test('a funnel is what a plain computation gives', { timeout: thorough ? 1_200_000 : 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(worldOf(quarters), funnel, async (world, asked) => {
      const workspace = newWorkspace();
      const expected = funnelOf(await say(workspace, world), asked);
      const check = async () => {
        const { steps, groups } = await ask(workspace, {
          question: 'funnel',
          steps: asked.steps.map((step) => ({ event: step.event, filters: wordsOf(step.filters) })),
          window: { amount: asked.window / MINUTE, unit: 'minute' },
          ...(asked.dimension ? { dimension: asked.dimension as 'path' } : {}),
          filters: wordsOf(asked.filters),
          from: new Date(asked.from).toISOString(),
          to: new Date(asked.to).toISOString(),
        });
        const plain = (list: typeof steps) =>
          list.map(({ people, median_seconds: median }) => ({ people, median }));
        expect(plain(steps)).toEqual(expected.steps);
        const grouped = groups.map((group) => [group.value, plain(group.steps)] as const);
        expect(new Map(grouped)).toEqual(asked.dimension ? expected.groups : new Map());
        for (const [n, { people, of_first, of_previous }] of steps.entries()) {
          expect(of_first).toBe(steps[0]!.people === 0 ? null : people / steps[0]!.people);
          const previous = steps[Math.max(0, n - 1)]!.people;
          expect(of_previous).toBe(previous === 0 ? null : people / previous);
        }
      };
      await check();
      if (again.length < 120) again.push(check);
    }),
    { numRuns: runs(15, 200) },
  );
});

// Around the days when clocks move: hours, and a millisecond to each side of them.
const march = Date.parse('2026-03-20T00:00:00Z');
const hours = fc
  .tuple(fc.nat(24 * 24), fc.constantFrom(0, 0, -1, 1, 30 * MINUTE))
  .map(([n, beside]) => march + n * HOUR + beside);
const name = maybe(fc.constantFrom('A', 'B', rapports));
const retention: fc.Arbitrary<Retention> = fc.record({
  interval: fc.constantFrom('day', 'day', 'week', 'month'),
  first: name,
  again: name,
  filters,
  timezone: fc.constantFrom('Europe/Berlin', 'America/Santiago', 'Asia/Kathmandu', 'UTC'),
  from: fc.integer({ min: -24, max: 100 }).map((n) => march + n * HOUR),
  to: fc.oneof(
    fc.integer({ min: 101, max: 600 }).map((n) => march + n * HOUR),
    fc.constantFrom(now, now + DAY),
  ),
});

test('retention is what a plain computation gives', { timeout: thorough ? 1_200_000 : 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(worldOf(hours), retention, async (world, asked) => {
      const workspace = newWorkspace();
      const events = await say(workspace, world);
      const check = async () => {
        const event = (named: string | undefined) => (named ? { event: named } : undefined);
        const answer = await ask(workspace, {
          question: 'retention',
          interval: asked.interval,
          first: event(asked.first),
          again: event(asked.again),
          filters: wordsOf(asked.filters),
          timezone: asked.timezone,
          from: new Date(asked.from).toISOString(),
          to: new Date(asked.to).toISOString(),
        });
        const label = labelOf(asked.timezone, asked.interval);
        const labels = answer.cohorts.map(({ time }) => label(Date.parse(time)));
        // Intervals follow each other from the first to the last that has begun, each from its very beginning.
        const end = Math.min(asked.to, now);
        expect(labels[0]).toBe(label(asked.from));
        expect(labels.at(-1)).toBe(label(end === asked.to ? end - 1 : end));
        for (const { time } of answer.cohorts) {
          expect(label(Date.parse(time) - 1) < label(Date.parse(time))).toBe(true);
        }
        const { cohorts, overall } = retentionOf(events, labels, { ...asked, to: end });
        expect(
          answer.cohorts.map(({ people, returned }) => [people, ...returned.map((one) => one.people)]),
        ).toEqual(
          labels.map((cohort, n) => {
            const { people, returned } = cohorts.get(cohort)!;
            return [people, ...labels.slice(n).map((then) => returned.get(then))];
          }),
        );
        expect(answer.overall.map(({ people, of }) => ({ people, of }))).toEqual(overall);
      };
      await check();
      again.push(check);
    }),
    { numRuns: runs(15, 200) },
  );
});

test('what is counted ahead gives the same answers', {
  timeout: thorough ? 1_200_000 : 120_000,
}, async () => {
  expect(again.length).toBe(2 * runs(15, 200));
  await t.rooms[1].settle();
  for (const check of again) await check();
});

test('steps of the same moment are in the order of a dictionary', () => {
  const places = ranks(3);
  const sets = [[1], [1, 2], [1, 2, 3], [1, 3], [2], [2, 3], [3]];
  expect(sets.map((set) => places[set.reduce((bits, step) => bits | (1 << (step - 1)), 0)])).toEqual([
    0, 1, 2, 3, 4, 5, 6,
  ]);
});
