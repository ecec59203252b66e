import type { AnalyticsSearch, RangeName } from './address.ts';
import type { Interval } from './question.ts';

/** A time asked about, in days of the workspace's time zone. */
export interface Period {
  name: RangeName;
  label: string;
  /** The first day, YYYY-MM-DD. */
  from: string;
  /** The day after the last one; absent when it goes on until now. */
  to: string | undefined;
  days: number;
  intervals: readonly [Interval, ...Interval[]];
}

export const rangeLabels: Record<RangeName, string> = {
  today: 'Today',
  yesterday: 'Yesterday',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'Month to date',
  '12mo': 'Last 12 months',
  custom: 'Other days',
};

const DAY = 86_400_000;
const instantOf = (day: string) => Date.parse(`${day}T00:00:00Z`);
const dayOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);
export const addDays = (day: string, days: number) => dayOf(instantOf(day) + days * DAY);
const daysBetween = (from: string, to: string) => Math.round((instantOf(to) - instantOf(from)) / DAY);

/** The day it is in a time zone, YYYY-MM-DD. */
function today(timezone: string, now = Date.now()): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')}`;
}

/** The first day of the month `back` months before. */
function monthStart(day: string, back = 0): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return dayOf(Date.UTC(year, month - 1 - back, 1));
}

/** How finely a time of so many days can be cut and still be read; the usual way first. */
function intervalsFor(days: number): Period['intervals'] {
  if (days <= 1) return ['hour', 'minute'];
  if (days <= 14) return ['day', 'hour'];
  if (days <= 62) return ['day', 'week', 'hour'];
  if (days <= 184) return ['day', 'week', 'month'];
  return ['month', 'week', 'day'];
}

/** The days an address asks for. A custom range that makes no sense is the usual one. */
export function periodOf(
  asked: Pick<AnalyticsSearch, 'range' | 'from' | 'to'>,
  timezone: string,
  now = Date.now(),
): Period {
  const present = today(timezone, now);
  const tomorrow = addDays(present, 1);
  const make = (name: RangeName, from: string, to?: string, label = rangeLabels[name]): Period => {
    const days = daysBetween(from, to ?? tomorrow);
    return { name, label, from, to, days, intervals: intervalsFor(days) };
  };
  switch (asked.range) {
    case 'today':
      return make('today', present);
    case 'yesterday':
      return make('yesterday', addDays(present, -1), present);
    case '7d':
      return make('7d', addDays(present, -6));
    case '90d':
      return make('90d', addDays(present, -89));
    case 'month':
      return make('month', monthStart(present));
    case '12mo':
      return make('12mo', monthStart(present, 11));
    case 'custom': {
      const { from, to } = asked;
      if (!from || !to || from > to || Number.isNaN(instantOf(from) + instantOf(to))) break;
      const end = to >= present ? undefined : addDays(to, 1);
      return make('custom', from, end, daysLabel(from, to));
    }
    default:
  }
  return make('30d', addDays(present, -29));
}

/** "1 – 30 Nov 2026" */
function daysLabel(from: string, to: string): string {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
  return format.formatRange(instantOf(from), instantOf(to));
}

/** The interval asked for where the time allows it, else the usual one for it. */
export const intervalFor = (period: Period, asked: Interval | undefined): Interval =>
  asked && period.intervals.includes(asked) ? asked : period.intervals[0];
