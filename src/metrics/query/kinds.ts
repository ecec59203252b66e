import type { Cover } from '../hours/index.ts';
import { scopeOf } from './conditions.ts';
import { countsPeople } from './measures.ts';
import type { Filter } from './question.ts';
import { isMadeOfHours, splitFilters } from './rows.ts';
import type { Period } from './times.ts';
import { type Dimension, type MetricName, metrics as metricWords } from './words.ts';

/** What to count: metrics of a period, by interval if it is cut, and by a dimension if one is given. */
export interface Count {
  metrics: readonly MetricName[];
  filters: readonly Filter[];
  period: Period;
  by?: By | undefined;
  order?: Order | undefined;
}

export interface By {
  dimension: Dimension;
  /** Only these values. */
  values?: readonly string[] | undefined;
  /** Rows have `line` in place of `value`: 2 for the first of `values`, and so on; 1 for all others together. */
  asLines?: boolean;
}

export interface Order {
  by: MetricName | 'value';
  direction: 'ascending' | 'descending';
  limit: number;
  offset: number;
}

/**
 * A row of an answer: the metrics by name, and where they belong. `bucket` is where the interval begins, in seconds since
 * 1970; 0 for the whole period, people counted once. `line` 0: all lines together.
 */
export type Row = { bucket?: number; value?: string; line?: number } & Partial<
  Record<MetricName, number | null>
>;

/** What is counted ahead, and when the last of the sessions that began in the period ended (milliseconds). */
export interface Sources {
  cover: Cover;
  sessionsEnd: number;
  /** Covers all the time up to the end of the period; there where new people are asked for. */
  history?: Cover | undefined;
}

/** How a metric is counted. */
export type Kind =
  | 'hours'
  | 'people'
  | 'events'
  | 'emails'
  | 'new'
  | 'new_events'
  | 'sessions'
  | 'new_sessions';

export function kindOf(metric: MetricName, count: Count): Kind {
  const plain = count.filters.length === 0 && count.by === undefined;
  if (isOfSessions(metric, count)) return metric === 'new_people' ? 'new_sessions' : 'sessions';
  if (metric === 'new_people') return plain ? 'new' : 'new_events';
  if (metric === 'emails') return 'emails';
  if (!isMadeOfHours(count.period)) return 'events';
  if (countsPeople(metric)) return plain ? 'people' : 'events';
  return byNameAlone(count) ? 'hours' : 'events';
}

const isOfSessions = (metric: MetricName, { filters, by }: Pick<Count, 'filters' | 'by'>): boolean =>
  metricWords[metric].of === 'sessions' ||
  (by !== undefined && scopeOf(by.dimension) === 'visit') ||
  splitFilters(filters).visit.length > 0;

/** Whether filters and dimension are those metric_hours has. */
export const byNameAlone = ({ filters, by }: Pick<Count, 'filters' | 'by'>): boolean =>
  [...filters.map(({ dimension }) => dimension), ...(by ? [by.dimension] : [])].every(
    (dimension) => dimension === 'event' || dimension === 'type',
  );

/** Whether sessions have to be joined with their events, which may come after the period. */
export const joinsEvents = (count: Pick<Count, 'metrics' | 'filters' | 'by'>): boolean =>
  count.metrics.some((metric) => isOfSessions(metric, count)) &&
  (splitFilters(count.filters).event.length > 0 ||
    (count.by !== undefined && scopeOf(count.by.dimension) === 'event'));
