import type { Interval } from '../search.ts';

/** How far back a chart may look, and the intervals that make sense there. */
export const ranges: { value: string; label: string; seconds: number; intervals: Interval[] }[] = [
  { value: '1h', label: 'Last hour', seconds: 3_600, intervals: ['minute'] },
  { value: '24h', label: 'Last 24 hours', seconds: 86_400, intervals: ['hour', 'minute'] },
  { value: '7d', label: 'Last 7 days', seconds: 7 * 86_400, intervals: ['day', 'hour'] },
  { value: '30d', label: 'Last 30 days', seconds: 30 * 86_400, intervals: ['day', 'hour'] },
  { value: '90d', label: 'Last 90 days', seconds: 90 * 86_400, intervals: ['day', 'hour'] },
  { value: '365d', label: 'Last 12 months', seconds: 365 * 86_400, intervals: ['day'] },
];

export const rangeOf = (value: string | undefined) =>
  ranges.find((range) => range.value === value) ?? ranges.find((range) => range.value === '30d')!;

/** The interval asked for where the range allows it, else the range's own. */
export function intervalFor(range: (typeof ranges)[number], asked: Interval | undefined): Interval {
  return asked && range.intervals.includes(asked) ? asked : range.intervals[0]!;
}
