import type { Interval } from './query/words.ts';

/** Where intervals begin and end as clocks in a time zone show them. Instants are milliseconds since 1970. */
export interface Calendar {
  /** The beginning of the interval the instant lies in. Weeks begin on Monday. */
  floor(instant: number, interval: Interval): number;
  /** The beginning of the interval after the one that begins at `start`. A day may have 23 or 25 hours. */
  next(start: number, interval: Interval): number;
  /** The first instant of a local date. Months and days beyond their bounds count on: day 0 is the last of the month before. */
  startOfDate(year: number, month: number, day: number): number;
  /** The local date of an instant. */
  dateOf(instant: number): { year: number; month: number; day: number };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const kept = new Map<string, Calendar>();
const keptMost = 100;

/** @param timezone an IANA name Intl knows */
export function calendarOf(timezone: string): Calendar {
  let calendar = kept.get(timezone);
  if (!calendar) {
    calendar = createCalendar(timezone);
    if (kept.size >= keptMost) kept.clear();
    kept.set(timezone, calendar);
  }
  return calendar;
}

function createCalendar(timezone: string): Calendar {
  const offset = offsets(timezone);
  const local = (instant: number) => instant + offset(instant);
  const dayOf = (instant: number) => Math.floor(local(instant) / DAY) * DAY;

  /** The first instant whose local date is this one (given as midnight UTC); where it was skipped, of the next. */
  function startOfDay(day: number): number {
    const candidates = [day - offset(day - DAY), day - offset(day + DAY)].sort((a, b) => a - b);
    const first = candidates.find((instant) => dayOf(instant) === day && dayOf(instant - 1) !== day);
    return first ?? candidates[1]!;
  }

  /** The first day of the week or month a day lies in. */
  function firstDay(day: number, interval: Interval): number {
    // 1970 began on a Thursday.
    if (interval === 'week') return day - ((((day / DAY + 3) % 7) + 7) % 7) * DAY;
    if (interval === 'day') return day;
    const date = new Date(day);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  }

  function nextDay(day: number, interval: Interval): number {
    if (interval === 'week') return day + 7 * DAY;
    if (interval === 'day') return day + DAY;
    const date = new Date(day);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  }

  function floor(instant: number, interval: Interval): number {
    if (interval !== 'hour' && interval !== 'minute') return startOfDay(firstDay(dayOf(instant), interval));
    const length = interval === 'hour' ? HOUR : MINUTE;
    const shown = offset(instant);
    return Math.floor((instant + shown) / length) * length - shown;
  }

  return {
    floor,
    next(start, interval) {
      if (interval === 'minute') return start + MINUTE;
      if (interval !== 'hour') return Math.max(startOfDay(nextDay(dayOf(start), interval)), start + HOUR);
      // Half an hour on at least: where clocks move by half an hour, an hour is cut short.
      return Math.max(floor(start + HOUR, 'hour'), start + HOUR / 2);
    },
    startOfDate: (year, month, day) => startOfDay(Date.UTC(year, month - 1, day)),
    dateOf(instant) {
      const date = new Date(dayOf(instant));
      return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
    },
  };
}

/**
 * What clocks are ahead of UTC at an instant. Asking Intl costs some microseconds, and a series asks thousands of
 * times; so days of UTC on which clocks do not move are remembered.
 */
function offsets(timezone: string): (instant: number) => number {
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
  const days = new Map<number, number>();

  function ask(instant: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
    const local = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second);
    return local - Math.floor(instant / 1_000) * 1_000;
  }

  return (instant) => {
    const day = Math.floor(instant / DAY);
    let known = days.get(day);
    if (known === undefined) {
      const first = ask(day * DAY);
      known = first === ask((day + 1) * DAY) ? first : Number.NaN;
      if (days.size > 20_000) days.clear();
      days.set(day, known);
    }
    return Number.isNaN(known) ? ask(instant) : known;
  };
}
