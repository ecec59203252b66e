import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { type Hours, nextAt, openAt, type Weekday } from './hours.ts';

const dayNames: Weekday[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
);
/** Weeks with changes to and from summer time among them. */
const instants = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
const clocks = fc.nat(95).map((n) => {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(n / 4))}:${two((n % 4) * 15)}`;
});
const someDays = fc.option(fc.subarray(dayNames, { minLength: 1 }), { nil: undefined });
const local = (at: Date, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);

describe('the next time of day', () => {
  test('is later, on one of the days, and shows that time where clocks show it at all', () => {
    fc.assert(
      fc.property(instants, clocks, someDays, zones, (after, time, days, zone) => {
        const at = nextAt(after, { time, days }, zone);
        expect(at.getTime()).toBeGreaterThan(after.getTime());
        const there = local(at, zone);
        const name = dayNames[there.dayOfWeek - 1]!;
        if (days) expect(days).toContain(name);
        const wanted = there.toPlainDate().toZonedDateTime({ timeZone: zone, plainTime: time });
        expect(at.getTime()).toBe(wanted.epochMilliseconds);
        expect(at.getTime() - after.getTime()).toBeLessThanOrEqual(8.1 * 86_400_000);
      }),
    );
  });
});

describe('hours in which emails may go out', () => {
  /** Minute by minute, as one would read them. */
  function isOpen(at: Date, { quiet_hours, send_windows }: Hours, zone: string): boolean {
    const there = local(at, zone);
    const time = there.toPlainTime().toString().slice(0, 5);
    const day = dayNames[there.dayOfWeek - 1]!;
    const before = dayNames[(there.dayOfWeek + 5) % 7]!;
    const within = (from: string, to: string, days?: readonly Weekday[]) => {
      const on = (name: Weekday) => !days || days.includes(name);
      if (from < to) return on(day) && time >= from && time < to;
      return (on(day) && time >= from) || (on(before) && time < to);
    };
    if (quiet_hours && within(quiet_hours.from, quiet_hours.to)) return false;
    return !send_windows || send_windows.some(({ from, to, days }) => within(from, to, days));
  }

  const span = fc.tuple(clocks, clocks).filter(([from, to]) => from !== to);
  const hours: fc.Arbitrary<Hours> = fc.record({
    quiet_hours: fc.option(
      span.map(([from, to]) => ({ from, to })),
      { nil: undefined },
    ),
    send_windows: fc.option(
      fc.array(
        fc.tuple(span, someDays).map(([[from, to], days]) => ({ from, to, days })),
        { minLength: 1, maxLength: 3 },
      ),
      { nil: undefined },
    ),
  });

  test('agree with a clock that is looked at minute by minute', () => {
    // Where clocks jump, a minute that does not exist, or exists twice, is neither in nor out: these days are left out.
    const steady = fc
      .tuple(fc.constantFrom('UTC', 'Asia/Kolkata', 'America/Phoenix'), instants)
      .map(([zone, at]) => ({ zone, at: new Date(Math.floor(at.getTime() / 60_000) * 60_000) }));
    fc.assert(
      fc.property(steady, hours, ({ zone, at }, given) => {
        const open = openAt(at, given, zone);
        const horizon = 3 * 86_400_000;
        let first: Date | undefined;
        for (let ms = 0; ms < horizon && !first; ms += 60_000) {
          const then = new Date(at.getTime() + ms);
          if (isOpen(then, given, zone)) first = then;
        }
        if (first) {
          expect(open).toBeDefined();
          expect(Math.max(open!.from.getTime(), at.getTime())).toBe(first.getTime());
          expect(isOpen(new Date(open!.to.getTime() - 60_000), given, zone)).toBe(true);
          // Where it is always open, the end is as far as was looked.
          const looked = open!.to.getTime() - at.getTime() < 13 * 86_400_000;
          if (looked) expect(isOpen(open!.to, given, zone)).toBe(false);
        } else if (open) expect(open.from.getTime()).toBeGreaterThanOrEqual(at.getTime() + horizon);
      }),
      { numRuns: 60 },
    );
  });

  test('nights are kept over a change to summer time', () => {
    const night: Hours = { quiet_hours: { from: '21:00', to: '08:00' }, send_windows: undefined };
    // Clocks go forward at 02:00 on 29 March 2026.
    const open = openAt(new Date('2026-03-28T23:00:00Z'), night, 'Europe/Berlin');
    expect(open).toEqual({ from: new Date('2026-03-29T06:00:00Z'), to: new Date('2026-03-29T19:00:00Z') });
  });
});
