import type { Interval } from './schema.ts';

/** Where intervals begin and end as clocks in a time zone show them. Instants are milliseconds since 1970. */
export interface Calendar {
  /** The beginning of the interval the instant lies in. */
  floor(instant: number, interval: Interval): number;
  /** The beginning of the interval after the one that begins at `start`. A day may have 23 or 25 hours. */
  next(start: number, interval: Interval): number;
  /** The first instant of a local date. */
  startOfDate(year: number, month: number, day: number): number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param timezone an IANA name Intl knows */
export function createCalendar(timezone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });

  /** What clocks show, as if it were UTC, whole seconds. */
  function local(instant: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    return Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
  }
  const offset = (instant: number) => local(instant) - Math.floor(instant / 1000) * 1000;
  const dayOf = (instant: number) => Math.floor(local(instant) / DAY) * DAY;

  /** The first instant whose local date is this one (given as midnight UTC); where it was skipped, of the next. */
  function startOfDay(day: number): number {
    const candidates = [day - offset(day - DAY), day - offset(day + DAY)].sort((a, b) => a - b);
    const first = candidates.find((instant) => dayOf(instant) === day && dayOf(instant - 1) !== day);
    return first ?? candidates[1]!;
  }

  function floor(instant: number, interval: Interval): number {
    if (interval === 'day') return startOfDay(dayOf(instant));
    const length = interval === 'hour' ? HOUR : MINUTE;
    const shown = offset(instant);
    return Math.floor((instant + shown) / length) * length - shown;
  }

  return {
    floor,
    next(start, interval) {
      if (interval === 'minute') return start + MINUTE;
      if (interval === 'day') return Math.max(startOfDay(dayOf(start) + DAY), start + HOUR);
      // Half an hour on at least: where clocks move by half an hour, an hour is cut short.
      return Math.max(floor(start + HOUR, 'hour'), start + HOUR / 2);
    },
    startOfDate: (year, month, day) => startOfDay(Date.UTC(year, month - 1, day)),
  };
}
