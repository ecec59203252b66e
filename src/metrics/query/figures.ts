import { ExactMovingAverage } from '../moving-average.ts';
import type { Row } from './kinds.ts';
import { type MetricName, metrics } from './words.ts';

/** What a metric is where nothing happened: nothing, or undefined where it would be divided by nothing. */
const nothing = (metric: MetricName): number | null => {
  const { unit } = metrics[metric];
  return unit === 'count' || metric === 'revenue' ? 0 : null;
};

/** The value of a metric in a row of an answer, or in none. */
export function figure(row: Row | undefined, metric: MetricName): number | null {
  const value = row?.[metric] ?? null;
  if (value === null || !Number.isFinite(value)) return nothing(metric);
  // Sums of doubles end in …999; a millionth of money is nobody's.
  return metric === 'revenue' && Math.abs(value) < 1e9 ? Math.round(value * 1e6) / 1e6 : value;
}

export const figures = (row: Row | undefined, names: readonly MetricName[]): Record<string, number | null> =>
  Object.fromEntries(names.map((metric) => [metric, figure(row, metric)]));

export interface Point {
  time: string;
  value: number | null;
  smoothed?: number | null;
}

/**
 * Adds to each point the moving average of it and the points before it, `over` in all. Those without a value are left out:
 * the average of the values, 0 where there is none, divided by the share of points that have one.
 */
export function smooth(points: readonly Point[], over: number): Point[] {
  const values = new ExactMovingAverage(over);
  const present = new ExactMovingAverage(over);
  return points.map((point) => {
    values.add(point.value ?? 0);
    present.add(point.value === null ? 0 : 1);
    const share = present.average()!;
    return { ...point, smoothed: share === 0 ? null : values.average()! / share };
  });
}

export const iso = (instant: number): string => new Date(instant).toISOString();
