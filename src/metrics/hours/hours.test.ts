import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { runs, thorough } from '../../../test/support/thorough.ts';
import type { Room } from '../../engine/index.ts';
import { createHours, type Hours } from './index.ts';
import { hourMs, hoursOf, personHoursOf, sessionsOf, type TestEvent } from './model.testing.ts';
import {
  arrive,
  crampedEngine,
  dyingEngine,
  readHours,
  readPersonHours,
  readSessions,
  tiesOf,
  vanish,
} from './tables.testing.ts';

const noon = Date.parse('2026-06-15T12:00:00.000Z');
const barrier = async () => {};

let t: TestEngine<readonly Room[]>;
let hours: Hours;

beforeAll(async () => {
  t = await openTestEngine({
    // The hour before noon is over just now.
    now: new Date(noon + minutes(2)),
    // Their tables alone: the events of these tests are written straight into them.
    rooms: () => [
      { name: 'log', folder: new URL('../../log/', import.meta.url) },
      { name: 'metrics', folder: new URL('../', import.meta.url) },
    ],
  });
  hours = createHours(t.engine, { barrier });
});
afterAll(async () => {
  await hours.stop();
  await t.close();
});

/** Steps between events where the rules have their edges. */
const minutes = (n: number) => n * 60_000;
const step = fc.constantFrom(
  0,
  1,
  minutes(5),
  minutes(29),
  minutes(30) - 1,
  minutes(30),
  minutes(30) + 1,
  minutes(55),
);

const eventAt = (time: number, more: Partial<TestEvent>): TestEvent => ({
  id: String(time),
  name: 'Page Viewed',
  type: 'page',
  visitor: 1,
  person: 11,
  time,
  hour: Math.floor(time / hourMs) * hourMs,
  arrival: 0,
  campaign: '',
  path: '/',
  revenue: 0,
  byRapport: false,
  bot: false,
  ...more,
});

/** What one visitor does in a row, begun some time before noon; an hour or two may still be open. */
const walk = fc
  .record({
    visitor: fc.integer({ min: 1, max: 3 }),
    begins: fc.integer({ min: -60, max: 3 }).map((tens) => noon + tens * minutes(10)),
    events: fc.array(
      fc.record({
        step,
        name: fc.constantFrom('Page Viewed', 'Product Added', 'Order Completed'),
        campaign: fc.constantFrom('', '', '', 'a', 'b'),
        person: fc.integer({ min: 1, max: 2 }),
        path: fc.constantFrom('/', '/a', '/b'),
        revenue: fc.constantFrom(0, 0, 10.5),
        odd: fc.constantFrom(
          '',
          '',
          '',
          '',
          '',
          '',
          'bot',
          'rapport',
          'skew',
          'no timestamp',
          'twice',
          'twice elsewhen',
        ),
      }),
      { minLength: 1, maxLength: 9 },
    ),
  })
  .map(({ visitor, begins, events }) => {
    let time = begins;
    return events.flatMap((event, n): TestEvent[] => {
      time += event.step;
      const hour = Math.floor(time / hourMs) * hourMs;
      const made: TestEvent = {
        id: String(n),
        name: event.name,
        type: event.name === 'Page Viewed' ? 'page' : 'track',
        visitor,
        person: visitor * 10 + event.person,
        time,
        hour: event.odd === 'skew' ? hour - 30 * 24 * hourMs : event.odd === 'no timestamp' ? 0 : hour,
        arrival: 0,
        campaign: event.campaign,
        path: event.path,
        revenue: event.revenue,
        byRapport: event.odd === 'rapport',
        bot: event.odd === 'bot',
      };
      if (event.odd === 'twice') return [made, made];
      if (event.odd === 'twice elsewhen')
        return [made, { ...made, time: time + hourMs, path: '/late', campaign: 'b' }];
      return [made];
    });
  });

/** Events in any order of arrival, cut into blocks; after some, a few events vanish. */
const stream = fc
  .array(walk, { minLength: 1, maxLength: 6 })
  .map((walks) => walks.flatMap((walk, n) => walk.map((event) => ({ ...event, id: `${n}-${event.id}` }))))
  .chain((events) =>
    fc.record({
      events: fc.shuffledSubarray(events, { minLength: events.length }),
      cuts: fc.array(fc.nat({ max: events.length }), { maxLength: 2 }),
      gone: fc.subarray(events, { maxLength: Math.min(2, events.length) }),
      goneAfter: fc.nat({ max: 2 }),
    }),
  )
  .map(({ events, cuts, gone, goneAfter }) => {
    const arrived = events.map((event, arrival) => ({ ...event, arrival }));
    const edges = [0, ...cuts.sort((a, b) => a - b), arrived.length];
    const blocks = edges.slice(1).map((end, at) => arrived.slice(edges[at], end));
    return { blocks, gone: new Set(gone.map(({ id }) => id)), goneAfter };
  });

type Made = typeof stream extends fc.Arbitrary<infer T> ? T : never;
type Stream = Made & { workspace: string; there: TestEvent[] };
const withWorkspace = (made: Made): Stream => ({ ...made, workspace: randomUUID(), there: [] });

const sorted = (rows: readonly object[]) =>
  rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

async function expectCounted(workspace: string, events: readonly TestEvent[]) {
  const { clickhouse } = t.engine;
  const tie = await tiesOf(clickhouse, events);
  expect(sorted(await readSessions(clickhouse, workspace))).toEqual(sorted(sessionsOf(events, tie)));
  const cover = await hours.cover(workspace, new Date(noon - 30 * 24 * hourMs), new Date(noon + 24 * hourMs));
  for (const table of ['metric_hours', 'events_by_person']) {
    expect(sorted(await readHours(clickhouse, workspace, cover, table))).toEqual(sorted(hoursOf(events)));
  }
  expect(await readPersonHours(clickhouse, workspace, cover)).toEqual(personHoursOf(events));
  return cover;
}

/** A block of each stream arrives, in a workspace of its own; then something vanishes where that is due. */
async function arriveBlock(streams: readonly Stream[], n: number) {
  for (const stream of streams) {
    const block = stream.blocks[n] ?? [];
    await arrive(t.engine.clickhouse, stream.workspace, block);
    stream.there.push(...block);
    if (n !== stream.goneAfter) continue;
    await vanish(
      t.engine.clickhouse,
      stream.workspace,
      stream.there.filter(({ id }) => stream.gone.has(id)),
    );
    stream.there = stream.there.filter(({ id }) => !stream.gone.has(id));
  }
}

describe('hours and sessions', () => {
  it('are what a plain computation says, whatever comes in whatever order', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      // Several workspaces at once: they must not mix.
      fc.asyncProperty(fc.array(stream, { minLength: 1, maxLength: 12 }), async (made) => {
        const streams = made.map(withWorkspace);
        for (let n = 0; n < 3; n++) {
          await arriveBlock(streams, n);
          await hours.settle();
        }
        for (const { workspace, there } of streams) {
          const cover = await expectCounted(workspace, there);
          // Hours that are over are counted ahead; the one that is not, and those to come, are not.
          expect(cover.openHours.every((hour) => hour * 1_000 >= noon)).toBe(true);
          expect(cover.hoursLeft).toBe(0);
        }
      }),
      { numRuns: runs(2, 20) },
    );
  });

  it('are the same when the builder is killed before any of its statements', {
    timeout: 240_000,
  }, async () => {
    const workspaces = Array.from({ length: 60 }, () => randomUUID());
    const at = (time: string, more: Partial<TestEvent> = {}) =>
      eventAt(Date.parse(`2026-06-15T${time}Z`), more);
    const before = [at('08:50'), at('09:30', { campaign: 'a' }), at('10:10'), at('10:30'), at('12:01')];
    // Joins sessions over the end of an hour, cuts one, goes on with an open one; and one is gone.
    const after = [at('09:15'), at('10:15', { campaign: 'b', name: 'Order Completed' }), at('12:01:30')];
    const gone = before.splice(3, 1);
    for (const workspace of workspaces) {
      await arrive(t.engine.clickhouse, workspace, [...before, ...gone]);
    }
    await hours.settle();
    let killed = 0;
    // Where it dies: before every writing statement, or before some of them.
    let place = 0;
    for (let died = true; died; killed++) {
      const workspace = workspaces[killed]!;
      await arrive(t.engine.clickhouse, workspace, after);
      await vanish(t.engine.clickhouse, workspace, gone);
      // Each finds what the one before it left.
      const dying = dyingEngine(t.engine, place);
      place += thorough ? 1 : 1 + Math.floor(Math.random() * 15);
      const builder = createHours(dying.engine, { barrier });
      const end = await builder.settle().catch((error: Error) => error.message);
      await builder.stop();
      died = dying.died();
      expect(end).toBe(died ? 'killed' : undefined);
    }
    expect(place).toBeGreaterThan(20);
    await hours.settle();
    for (const [n, workspace] of workspaces.entries()) {
      await expectCounted(workspace, n < killed ? [...before, ...after] : [...before, ...gone]);
    }
  });

  it('are made in smaller chunks where memory was short, and in larger ones again', async () => {
    const workspace = randomUUID();
    const events = ['08:50', '09:30'].map((time) => eventAt(Date.parse(`2026-06-15T${time}:00Z`), {}));
    await arrive(t.engine.clickhouse, workspace, events);
    const cramped = crampedEngine(t.engine, 'regions', 2);
    const builder = createHours(cramped.engine, { barrier });
    await expect(builder.settle()).rejects.toThrow('no memory');
    await expect(builder.settle()).rejects.toThrow('no memory');
    await builder.settle();
    await arrive(t.engine.clickhouse, workspace, [eventAt(Date.parse('2026-06-15T07:30:00Z'), {})]);
    await builder.settle();
    await builder.stop();
    expect(cramped.sizes.slice(0, 3)).toEqual([1_000_000, 500_000, 250_000]);
    expect(cramped.sizes.at(-1)).toBeGreaterThan(250_000);
    await expectCounted(workspace, [...events, eventAt(Date.parse('2026-06-15T07:30:00Z'), {})]);
  });
});
