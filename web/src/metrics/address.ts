import type { Dimension, Filter, Interval, Metric, Operator } from './question.ts';
import { operators } from './question.ts';
import { isDimension } from './words/dimensions.ts';
import { isMetric } from './words/metrics.ts';

/** What the address of the analytics page may carry behind its `?`. What is not understood is left out. */
export interface AnalyticsSearch {
  /** The view; the report when absent. */
  show?: View | undefined;
  range?: RangeName | undefined;
  /** Days of a custom range, YYYY-MM-DD; `to` is its last day. */
  from?: string | undefined;
  to?: string | undefined;
  compare?: Compare | undefined;
  filters?: Filter[] | undefined;
  /** The metric of the large chart, how finely, over how many points smoothed, as a table. */
  metric?: Metric | undefined;
  interval?: Interval | undefined;
  smooth?: number | undefined;
  as?: 'table' | undefined;
  /** What the chart is broken down by. */
  cut?: Dimension | undefined;
  /** The tabs of the panels. */
  pages?: Dimension | undefined;
  sources?: Dimension | undefined;
  locations?: Dimension | undefined;
  devices?: Dimension | undefined;
  /** The event whose properties are looked into, and the property. */
  event?: string | undefined;
  property?: string | undefined;
  /** The dimension whose whole list lies open, what is searched in it, what it is ordered by. */
  details?: Dimension | undefined;
  search?: string | undefined;
  order?: Metric | undefined;
  /** What is counted by the minute. */
  count?: 'page_views' | 'events' | undefined;
  /** A funnel: its steps, within how long, compared by what. */
  steps?: Step[] | undefined;
  within?: string | undefined;
  by?: Dimension | undefined;
  /** Retention: cohorts by what, who begins by which event, and comes back by which. */
  every?: 'day' | 'week' | 'month' | undefined;
  first?: string | undefined;
  again?: string | undefined;
}

export const views = ['report', 'realtime', 'funnel', 'retention'] as const;
export type View = (typeof views)[number];
export const rangeNames = ['today', 'yesterday', '7d', '30d', '90d', 'month', '12mo', 'custom'] as const;
export type RangeName = (typeof rangeNames)[number];
export const compares = ['none', 'previous_period', 'previous_year'] as const;
export type Compare = (typeof compares)[number];
/** A step of a funnel as it stands in an address: an event, then what must hold of it. */
export type Step = [event: string, ...filters: Filter[]];

type Given = Record<string, unknown>;

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
const oneOf = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined =>
  allowed.find((one) => one === value);
const day = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;
const dimension = (value: unknown) => (isDimension(value) ? value : undefined);
const metric = (value: unknown) => (isMetric(value) ? value : undefined);
const points = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 2 && Number(value) <= 90 ? Number(value) : undefined;

/** A filter as it stands in an address: `["path","equals","/pricing"]`. */
function filter(given: unknown): Filter[] {
  if (!Array.isArray(given)) return [];
  const [name, operator, ...values] = given;
  if (!isDimension(name) || !operators.includes(operator as Operator)) return [];
  if (values.some((value) => typeof value !== 'string')) return [];
  return [[name, operator as Operator, ...(values as string[])]];
}

function filters(given: unknown): Filter[] | undefined {
  const understood = Array.isArray(given) ? given.flatMap(filter) : [];
  return understood.length > 0 ? understood.slice(0, 20) : undefined;
}

/** The steps of a funnel: `[["Signed Up"],["Order Completed",["path","equals","/x"]]]`. */
function steps(given: unknown): Step[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const understood = given.flatMap((step): Step[] => {
    if (!Array.isArray(step) || typeof step[0] !== 'string') return [];
    return [[step[0], ...step.slice(1).flatMap(filter)]];
  });
  return understood.length > 0 ? understood.slice(0, 10) : undefined;
}

export const analytics = (given: Given): AnalyticsSearch => ({
  show: oneOf(given.show, views),
  range: oneOf(given.range, rangeNames),
  from: day(given.from),
  to: day(given.to),
  compare: oneOf(given.compare, compares),
  filters: filters(given.filters),
  metric: metric(given.metric),
  interval: oneOf(given.interval, ['minute', 'hour', 'day', 'week', 'month']),
  smooth: points(given.smooth),
  as: oneOf(given.as, ['table']),
  cut: dimension(given.cut),
  pages: dimension(given.pages),
  sources: dimension(given.sources),
  locations: dimension(given.locations),
  devices: dimension(given.devices),
  event: text(given.event),
  property: text(given.property),
  details: dimension(given.details),
  search: text(given.search),
  order: metric(given.order),
  count: oneOf(given.count, ['page_views', 'events']),
  steps: steps(given.steps),
  within: text(given.within),
  by: dimension(given.by),
  every: oneOf(given.every, ['day', 'week', 'month']),
  first: text(given.first),
  again: text(given.again),
});
