import { useMemo } from 'react';
import { useMe } from '../access/queries.ts';

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const money = new Intl.NumberFormat(undefined, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(undefined, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** 1,234,567 */
export const number = (value: number) => whole.format(value);
/** 1.2M */
export const short = (value: number) => compact.format(value);
/** 1,234.50: an amount in the shop's own currency. */
export const amount = (value: number) => money.format(value);
/** 12.5 % of a whole; a dash of nothing. */
export const percent = (part: number, all: number) => (all === 0 ? '–' : share.format(part / all));
/** 0.125 as 12.5 %. */
export const fraction = (value: number) => share.format(value);
/** +12 %, −3 %: how much more or less than before. */
export const change = (now: number, before: number) => signed.format((now - before) / before);
/** "1 person", "2 people". */
export const count = (value: number, one: string, many: string) =>
  `${number(value)} ${value === 1 ? one : many}`;

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 minutes ago", "in 2 days". */
export function relative(iso: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, size] of units)
    if (Math.abs(seconds) >= size) return ago.format(Math.round(seconds / size), unit);
  return Math.abs(seconds) < 5 ? 'just now' : ago.format(Math.round(seconds), 'second');
}

/** 12.3 MB */
export function bytes(value: number): string {
  const names = ['B', 'KB', 'MB', 'GB'];
  let size = value;
  let at = 0;
  while (size >= 1000 && at < names.length - 1) {
    size /= 1000;
    at++;
  }
  return `${at === 0 ? size : size.toFixed(1)} ${names[at]}`;
}

/** A length of time for people: "45 seconds", "2 days", "1 h 5 min". */
export function duration(exact: number): string {
  const seconds = Math.round(exact);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor((seconds % 86_400) / 3_600), 'h'],
    [Math.floor((seconds % 3_600) / 60), 'min'],
    [seconds % 60, 's'],
  ];
  const shown = parts.filter(([size]) => size > 0).slice(0, 2);
  return shown.length === 0 ? '0 s' : shown.map(([size, unit]) => `${size} ${unit}`).join(' ');
}

/** The same where there is little room: "2m 33s". */
export const brief = (seconds: number) =>
  duration(seconds).replaceAll(/(\d) (d|h|min|s)/g, (_, digit, unit) => `${digit}${unit[0]}`);

/** The instants of a page, in one time zone. */
export function timesIn(timeZone: string) {
  const make = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(undefined, { ...options, timeZone });
    return (iso: string | null | undefined) => (iso ? format.format(new Date(iso)) : '–');
  };
  return {
    timeZone,
    /** 21 Nov 2026, 09:05 */
    time: make({ dateStyle: 'medium', timeStyle: 'short' }),
    /** 21 Nov 2026 */
    date: make({ dateStyle: 'medium' }),
    /** 21 Nov 2026, 09:05:12 */
    exact: make({ dateStyle: 'medium', timeStyle: 'medium' }),
    /** 09:05 */
    clock: make({ timeStyle: 'short' }),
    /** 21 Nov */
    day: make({ day: 'numeric', month: 'short' }),
    /** Nov 2026 */
    month: make({ month: 'short', year: 'numeric' }),
    /** Sat, 21 Nov 2026 */
    weekday: make({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }),
    /** 21 Nov, 09:05 */
    dayClock: make({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }),
  };
}

export type Times = ReturnType<typeof timesIn>;

/** Times in the workspace's time zone. */
export function useTimes(): Times {
  const timeZone = useMe().data?.workspace.timezone ?? 'UTC';
  return useMemo(() => timesIn(timeZone), [timeZone]);
}
