import { Problem } from '../../engine/index.ts';
import { type Calendar, calendarOf } from '../calendar.ts';
import { closest } from './closest.ts';
import { bounds } from './schema.ts';
import type { Interval } from './words.ts';

/** A stretch of time, cut into intervals where a question asks for that. Milliseconds since 1970; `to` is exclusive. */
export interface Period {
  from: number;
  to: number;
  /** Where its intervals begin, ascending; the first is `from`. None when the period is not cut. */
  starts: number[];
}

export interface Span {
  timezone: string;
  from: number;
  to: number;
}

export type Compare = 'previous_period' | 'previous_year';

export const MINUTE = 60_000;
const DAY = 86_400_000;
/** What is looked back over when `from` is not given. */
const usualSpan: Record<Interval, number> = {
  minute: 60 * MINUTE,
  hour: DAY,
  day: 30 * DAY,
  week: 84 * DAY,
  month: 365 * DAY,
};

/** @throws Problem 400 `unknown_timezone` or `bad_time` */
export function spanOf(
  words: { from?: string | undefined; to?: string | undefined; timezone?: string | undefined },
  interval: Interval,
  defaults: { timezone: string; now: Date },
): Span {
  const timezone = timezoneOf(words.timezone ?? defaults.timezone);
  const to = words.to === undefined ? defaults.now.getTime() : instantOf('to', words.to, timezone);
  const from = words.from === undefined ? to - usualSpan[interval] : instantOf('from', words.from, timezone);
  if (from < to) return { timezone, from, to };
  throw new Problem(400, 'bad_time', 'The time asked for ends before it begins: from must be before to.', {
    field: 'from',
  });
}

/** @throws Problem 400 `unknown_timezone` with the closest names */
export function timezoneOf(name: string): string {
  try {
    // Names alone: Intl would take offsets like +02:00 too, which know nothing of summer.
    if (/^[A-Za-z]/.test(name))
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // Not a time zone: answered below.
  }
  const names = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  throw new Problem(400, 'unknown_timezone', `There is no time zone ${JSON.stringify(name.slice(0, 100))}.`, {
    field: 'timezone',
    hint: `Use an IANA name; the closest are ${closest(name, names).slice(0, 3).join(', ')}.`,
  });
}

function instantOf(field: string, text: string, timezone: string): number {
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const timed = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text);
  // A date that there is not (February 30) is no time either, in both forms.
  const real = !Number.isNaN(Date.parse(text.slice(0, 10))) && dayExists(text.slice(0, 10));
  const time = !real
    ? Number.NaN
    : date
      ? calendarOf(timezone).startOfDate(Number(date[1]), Number(date[2]), Number(date[3]))
      : timed
        ? Date.parse(text)
        : Number.NaN;
  // The engine's hours end in 2106.
  const year = new Date(time).getUTCFullYear();
  if (year >= 1971 && year <= 2104) return time;
  throw new Problem(
    400,
    'bad_time',
    `${JSON.stringify(text.slice(0, 100))} is not a time between 1971 and 2104.`,
    { field, hint: 'Write it like 2026-03-04T05:06:07Z, or a day like 2026-03-04.' },
  );
}

function dayExists(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** The time asked for, cut into intervals. Throws a Problem 400 when they are too many. */
export function periodOf(span: Span, interval: Interval | undefined): Period {
  if (!interval) return { from: span.from, to: span.to, starts: [] };
  const calendar = calendarOf(span.timezone);
  const starts: number[] = [];
  for (let start = calendar.floor(span.from, interval); start < span.to; ) {
    if (starts.push(start) > bounds.points) throw tooLong(span, interval);
    start = calendar.next(start, interval);
  }
  return { from: starts[0]!, to: span.to, starts };
}

function tooLong({ from, to }: Span, interval: Interval): Problem {
  const days = Math.ceil((to - from) / DAY);
  const wider = interval === 'minute' && days * 24 <= bounds.points ? 'hour' : 'day';
  return new Problem(
    400,
    'too_many_points',
    `By ${interval}, ${days} days are more than the ${bounds.points} points a series can have.`,
    {
      field: 'interval',
      hint:
        interval === 'minute' || interval === 'hour'
          ? `Use the interval ${wider}, or ask for less time.`
          : 'Use a longer interval, or ask for less time.',
    },
  );
}

/** The period that another is compared with; as many intervals. Throws a Problem 400 when it would lie before 1970. */
export function otherPeriod(
  period: Period,
  compare: Compare,
  interval: Interval | undefined,
  timezone: string,
): Period {
  const other = shifted(period, compare, interval, timezone);
  if (other.from >= 0) return other;
  throw new Problem(400, 'bad_time', 'The time to compare with lies before 1970.', { field: 'compare' });
}

function shifted(period: Period, compare: Compare, interval: Interval | undefined, timezone: string): Period {
  const calendar = calendarOf(timezone);
  const { from, to, starts } = period;
  if (!interval) {
    const days = daysTouched(period, calendar);
    const earlier = compare === 'previous_year' ? yearBefore : daysBefore(days);
    return compare === 'previous_period' && days === 0
      ? { from: from - (to - from), to: from, starts: [] }
      : { from: earlier(from, calendar), to: earlier(to, calendar), starts: [] };
  }
  const others = [otherStart(period, compare, interval, calendar)];
  while (others.length < starts.length) others.push(calendar.next(others.at(-1)!, interval));
  // The last interval may not be over yet: then as much of the other.
  const begun = starts.at(-1)!;
  const last = others.at(-1)!;
  const whole = to >= calendar.next(begun, interval);
  const end = calendar.next(last, interval);
  return { from: others[0]!, to: whole ? end : Math.min(last + (to - begun), end), starts: others };
}

function otherStart(period: Period, compare: Compare, interval: Interval, calendar: Calendar): number {
  const { from, starts } = period;
  if (compare === 'previous_year') {
    return interval === 'week'
      ? daysBefore(364)(from, calendar)
      : calendar.floor(yearBefore(from, calendar), interval);
  }
  // The hours of today are compared with the same hours of yesterday, and not with its last.
  const days = interval === 'hour' || interval === 'minute' ? daysTouched(period, calendar) : 0;
  if (days > 0) return daysBefore(days)(from, calendar);
  let start = from;
  for (let n = 0; n < starts.length; n++) start = calendar.floor(start - 1, interval);
  return start;
}

/** So many local days before, as long after the day's beginning. */
const daysBefore = (days: number) => (instant: number, calendar: Calendar) => {
  const { year, month, day } = calendar.dateOf(instant);
  return calendar.startOfDate(year, month, day - days) + instant - calendar.startOfDate(year, month, day);
};

/** The same local date a year before, as long after its beginning. */
function yearBefore(instant: number, calendar: Calendar): number {
  const { year, month, day } = calendar.dateOf(instant);
  const passed = instant - calendar.startOfDate(year, month, day);
  // February 29 becomes 28.
  const last = new Date(Date.UTC(year - 1, month, 0)).getUTCDate();
  return calendar.startOfDate(year - 1, month, Math.min(day, last)) + passed;
}

/** How many local days a period reaches into, when it begins with one; else 0. */
function daysTouched({ from, to }: Period, calendar: Calendar): number {
  if (calendar.floor(from, 'day') !== from) return 0;
  const number = (instant: number) => {
    const { year, month, day } = calendar.dateOf(instant);
    return Date.UTC(year, month - 1, day) / DAY;
  };
  return number(to - 1) + 1 - number(from);
}
