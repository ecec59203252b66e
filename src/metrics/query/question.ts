import type { Compare, Span } from './times.ts';
import type { Dimension, Interval, MetricName, Operator } from './words.ts';

/** A condition understood: its value is there, of the kind the operator needs. */
export type Filter = { dimension: Dimension } & (
  | { operator: Exclude<Operator, 'in' | 'exists' | 'greater' | 'less'>; value: string }
  | { operator: 'in'; values: string[] }
  | { operator: 'exists' }
  | { operator: 'greater' | 'less'; value: number }
);

interface Asked extends Span {
  filters: Filter[];
}
interface Counted extends Asked {
  metrics: MetricName[];
  compare: Compare | null;
}

export interface SeriesQuestion extends Counted {
  question: 'series';
  interval: Interval;
  smooth: number | null;
  breakdown: { dimension: Dimension; limit: number } | null;
}
export interface TopQuestion extends Counted {
  question: 'top';
  dimension: Dimension;
  limit: number;
  offset: number;
  order: { by: MetricName | 'value'; direction: 'ascending' | 'descending' };
}
export interface TotalsQuestion extends Counted {
  question: 'totals';
}
export interface FunnelQuestion extends Asked {
  question: 'funnel';
  steps: { event: string; filters: Filter[] }[];
  /** Milliseconds. */
  window: number;
  dimension: Dimension | null;
}
export interface RetentionQuestion extends Asked {
  question: 'retention';
  interval: 'day' | 'week' | 'month';
  /** Names of events; null: first seen, any event. */
  first: string | null;
  again: string | null;
}
export interface RealtimeQuestion {
  question: 'realtime';
  filters: Filter[];
  timezone: string;
  now: number;
}

/** A question understood. */
export type Question =
  | SeriesQuestion
  | TopQuestion
  | TotalsQuestion
  | FunnelQuestion
  | RetentionQuestion
  | RealtimeQuestion;

/** The property a dimension names; undefined when it is a column. */
export const propertyOf = (dimension: Dimension): string | undefined =>
  dimension.startsWith('property:') ? dimension.slice('property:'.length) : undefined;
