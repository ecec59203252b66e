import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../test/support/faults.ts';
import { faultOfCron } from '../engine/index.ts';
import { fullIsDue, intervalMs, nextRun, retryAt, retryUnasked, shareOf } from './schedule.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const instant = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
const id = fc.uuid();
const seconds = fc.oneof(fc.constantFrom(60, 3_600, 86_400), fc.integer({ min: 60, max: 7 * 86_400 }));
const hourly = { every_seconds: 3_600, cron: null };

describe('every so many seconds', () => {
  test('the next run is later, by an interval at most, and the ones after it an interval apart', () => {
    fc.assert(
      fc.property(id, seconds, instant, (one, every_seconds, after) => {
        const next = nextRun(one, { every_seconds, cron: null }, 'UTC', after);
        expect(next.getTime()).toBeGreaterThan(after.getTime());
        expect(next.getTime() - after.getTime()).toBeLessThanOrEqual(every_seconds * 1_000);
        const then = nextRun(one, { every_seconds, cron: null }, 'UTC', next);
        expect(then.getTime() - next.getTime()).toBe(every_seconds * 1_000);
      }),
    );
  });

  test('whenever one asks before it, the next run is the same: however many were missed, it is one', () => {
    fc.assert(
      fc.property(id, instant, fc.double({ min: 0, max: 0.999, noNaN: true }), (one, after, part) => {
        const next = nextRun(one, hourly, 'UTC', after);
        const between = new Date(after.getTime() + Math.floor((next.getTime() - after.getTime()) * part));
        expect(nextRun(one, hourly, 'UTC', between)).toEqual(next);
      }),
    );
  });

  test('10,000 are spread evenly over the hour (chi-square over 60 minutes)', () => {
    const chance = seeded(7);
    const uuid = () => `${hex(chance())}-${hex(chance())}`;
    const perMinute = new Array<number>(60).fill(0);
    for (let n = 0; n < 10_000; n++) {
      const next = nextRun(uuid(), hourly, 'UTC', new Date('2026-06-15T12:00:00Z'));
      perMinute[next.getUTCMinutes()]!++;
    }
    const expected = 10_000 / 60;
    const chiSquare = perMinute.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 59 degrees of freedom: beyond 110 once in 20,000 times.
    expect(chiSquare).toBeLessThan(110);
  });

  test('ids that grow with time, as ours do, are spread as well', () => {
    const ids = Array.from(
      { length: 2_000 },
      (_, n) => `018f3e00-0000-7000-8000-${String(n).padStart(12, '0')}`,
    );
    const tenths = new Array<number>(10).fill(0);
    for (const one of ids) tenths[Math.floor(shareOf(one) * 10)]!++;
    for (const count of tenths) expect(Math.abs(count - 200)).toBeLessThan(60);
  });
});

const hex = (share: number) =>
  Math.floor(share * 2 ** 32)
    .toString(16)
    .padStart(8, '0');

describe('cron', () => {
  const at = (cron: string, timezone: string, after: string) =>
    nextRun('018f3e00-0000-7000-8000-000000000001', { every_seconds: null, cron }, timezone, new Date(after));
  const local = (time: Date, timezone: string) =>
    time.toLocaleString('sv', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });

  test('the time is the workspace’s, give or take a minute', () => {
    fc.assert(
      fc.property(
        id,
        instant,
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham'),
        (one, after, timezone) => {
          const next = nextRun(one, { every_seconds: null, cron: '30 14 * * *' }, timezone, after);
          expect(next.getTime()).toBeGreaterThan(after.getTime());
          expect(next.getTime() - after.getTime()).toBeLessThanOrEqual(dayMs + 2 * hourMs);
          expect(local(next, timezone)).toMatch(/ 14:30$/);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('over daylight saving each day has one run', () => {
    for (const [from, days] of [
      ['2026-03-27T00:00:00Z', 4],
      ['2026-10-23T00:00:00Z', 4],
    ] as const) {
      for (const cron of ['30 2 * * *', '30 3 * * *', '0 9 * * *']) {
        const seen: string[] = [];
        for (let next = at(cron, 'Europe/Berlin', from); seen.length < days; ) {
          seen.push(local(next, 'Europe/Berlin').slice(0, 10));
          const then = at(cron, 'Europe/Berlin', next.toISOString());
          expect(then.getTime()).toBeGreaterThan(next.getTime());
          next = then;
        }
        expect(new Set(seen).size).toBe(days);
      }
    }
  });

  test('a date that never comes is looked at once a year', () => {
    const next = at('0 0 30 2 *', 'UTC', '2026-01-01T00:00:00Z');
    expect(next.getTime() - Date.parse('2026-01-01T00:00:00Z')).toBeGreaterThan(360 * dayMs);
  });

  test('what is none, or comes too often, is refused', () => {
    expect(faultOfCron('*/5 * * * *')).toBeUndefined();
    expect(faultOfCron('0 7 * * 1-5')).toBeUndefined();
    expect(faultOfCron('* * * * * *')).toContain('more than once a minute');
    expect(faultOfCron('0 0 30 2 *')).toContain('never');
    expect(faultOfCron('often')).toContain('not a cron expression');
  });

  test('the interval is the time between two runs', () => {
    const now = new Date('2026-06-15T12:00:00Z');
    expect(intervalMs({ every_seconds: null, cron: '0 */6 * * *' }, 'UTC', now)).toBe(6 * hourMs);
    expect(intervalMs(hourly, 'UTC', now)).toBe(hourMs);
  });
});

describe('trying again', () => {
  const now = new Date('2026-06-15T12:00:00Z');
  const far = new Date(now.getTime() + 7 * dayMs);

  test('after 1, 2, 4 … 60 minutes, and not later than the next run', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 100].map(
      (failures) => (retryAt(failures, far, now).getTime() - now.getTime()) / minuteMs,
    );
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    const soon = new Date(now.getTime() + 5 * minuteMs);
    expect(retryAt(9, soon, now)).toEqual(soon);
  });

  test('whoever asks for a wait gets it, a day at most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(3 * dayMs),
        fc.nat(2 * hourMs),
        (failures, wait, next) => {
          const at = retryAt(failures, new Date(now.getTime() + next), now, wait).getTime() - now.getTime();
          expect(at).toBeGreaterThanOrEqual(Math.min(wait, dayMs));
          expect(at).toBeLessThanOrEqual(Math.max(hourMs, Math.min(wait, dayMs)));
        },
      ),
    );
  });

  test('what needs a person is asked for again a day later', () => {
    expect(retryUnasked(now).getTime() - now.getTime()).toBe(dayMs);
  });
});

test('everybody is read once a day, whatever the interval, at a time of its own', () => {
  fc.assert(
    fc.property(id, instant, fc.integer({ min: 5, max: 180 }), (one, start, minutes) => {
      let last = start;
      const times: number[] = [];
      for (let at = start.getTime(); at < start.getTime() + 5 * dayMs; at += minutes * minuteMs) {
        if (!fullIsDue(one, last, new Date(at))) continue;
        last = new Date(at);
        times.push(at);
      }
      // Five times a day's place passed; the last may be due only by the next run.
      expect(times.length).toBeGreaterThanOrEqual(4);
      expect(times.length).toBeLessThanOrEqual(5);
      const days = times.slice(1).map((time, n) => (time - times[n]!) / dayMs);
      for (const apart of days) expect(Math.abs(apart - 1)).toBeLessThanOrEqual((minutes * minuteMs) / dayMs);
    }),
    { numRuns: 50 },
  );
  expect(fullIsDue('new', null, new Date())).toBe(true);
});
