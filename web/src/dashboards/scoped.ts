import type { Question, Scope } from '../metrics/queries.ts';
import type { Interval } from '../metrics/question.ts';
import { intervalFor } from '../metrics/range.ts';

/** A saved question, asked about the days of a dashboard; an interval too fine for so many days gives way. */
export function scoped(query: Question, { period, timezone }: Scope): Question {
  if (query.question === 'realtime') return { ...query, timezone };
  const span = { from: period.from, ...(period.to ? { to: period.to } : {}), timezone };
  if (query.question === 'series')
    return { ...query, ...span, interval: intervalFor(period, query.interval as Interval) };
  return { ...query, ...span };
}
