import type { Cover } from '../hours/index.ts';
import type { Binder } from './binder.ts';
import type { Filter } from './question.ts';
import { type ByRapport, type Columns, eventRows, namesProperty, sessionRows } from './rows.ts';
import type { Period } from './times.ts';

export interface ChosenEvents {
  /** When they happened. */
  period: Period;
  /** Covers the period. */
  cover: Cover;
  /** Of events. */
  filters: readonly Filter[];
  /** Of the sessions they belong to. */
  sessionFilters?: readonly Filter[];
  byRapport: ByRapport;
  /** Expressions over an event, by alias. */
  columns: Columns;
  /** Expressions over its session (an event without one is left out), by alias. */
  sessionColumns?: Columns;
  /** Where filters or columns are of sessions: the period these began in. */
  sessions?: Period;
  /** Whether `columns` name properties. */
  properties?: boolean;
}

/**
 * SQL of the events that satisfy filters, those of their sessions too: an event is in the last session of its visitor that
 * began before it, if it had not ended. One row each, with the columns of both kinds.
 */
export function chosenEvents(chosen: ChosenEvents, bind: Binder): string {
  const { period, cover, filters, byRapport, columns } = chosen;
  const { sessionFilters = [], sessionColumns = {}, sessions = period } = chosen;
  const properties = chosen.properties === true || namesProperty(filters, undefined);
  const rows = { period, cover, filters, byRapport, properties };
  if (sessionFilters.length === 0 && Object.keys(sessionColumns).length === 0) {
    return eventRows({ ...rows, columns }, bind);
  }
  const events = eventRows({ ...rows, columns: { ...columns, _visitor: 'visitor', _time: 'time' } }, bind);
  const visits = { ...sessionColumns, _visitor: 'visitor', _started: 'started', _ended: 'ended' };
  return `SELECT ${[
    ...Object.keys(columns).map((name) => `e.${name} AS ${name}`),
    ...Object.keys(sessionColumns).map((name) => `s.${name} AS ${name}`),
  ].join(', ')}
FROM (
${events}
) AS e
ASOF JOIN (
${sessionRows({ period: sessions, filters: sessionFilters, columns: visits, whole: true }, bind)}
) AS s
ON e._visitor = s._visitor AND e._time >= s._started
WHERE e._time <= s._ended`;
}
