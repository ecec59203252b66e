import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import type { Room } from '../../engine/index.ts';
import { createHours, type Hours } from './index.ts';
import { hourMs, hoursOf, personHoursOf, sessionsOf, type TestEvent } from './model.testing.ts';
import { arrive, readHours, readPersonHours, readSessions, tiesOf, vanish } from './tables.testing.ts';

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

describe('hours and sessions', () => {
  it('are what a plain computation says, whatever comes in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(stream, async ({ blocks, gone, goneAfter }) => {
        const workspace = randomUUID();
        let there: TestEvent[] = [];
        for (const [n, block] of blocks.entries()) {
          await arrive(t.engine.clickhouse, workspace, block);
          there.push(...block);
          if (n === goneAfter) {
            const vanished = there.filter(({ id }) => gone.has(id));
            await vanish(t.engine.clickhouse, workspace, vanished);
            there = there.filter(({ id }) => !gone.has(id));
          }
          await hours.settle();
        }
        const cover = await expectCounted(workspace, there);
        // Hours that are over are counted ahead; the one that is not, and those to come, are not.
        expect(cover.openHours.every((hour) => hour * 1_000 >= noon)).toBe(true);
      }),
      { numRuns: 12, ...(process.env.SEED ? { seed: Number(process.env.SEED) } : {}) },
    );
  });
});
