import { personLinks } from '../../log/index.ts';
import type { Binder } from './binder.ts';
import { bucketSql } from './buckets.ts';
import { chosenEvents } from './chosen.ts';
import { dimensionSql, scopeOf } from './conditions.ts';
import { byNameAlone, type Count, joinsEvents, type Kind, type Sources } from './kinds.ts';
import { countsPeople, eventParts, hourParts, measure, partsOf } from './measures.ts';
import type { Filter } from './question.ts';
import {
  byRapportOf,
  type Columns,
  countedRows,
  type EventRows,
  eventRows,
  isMadeOfHours,
  namesProperty,
  personRows,
  seenRows,
  sessionRows,
  splitFilters,
} from './rows.ts';

/** SQL that counts metrics of one kind. Its rows are `Row`s. */
export function statementText(kind: Kind, count: Count, sources: Sources, bind: Binder): string {
  const events = eventsOf(count, sources, bind);
  const byHour = { ...keysOf(count, 'hour', bind), ...partColumns(count, hourParts) };
  switch (kind) {
    case 'hours':
      return answer('events', count, countedRows(events, byHour, bind), bind);
    case 'emails': {
      const emails = { ...events, byRapport: 'emails' as const };
      const ahead = byNameAlone(count) && isMadeOfHours(count.period);
      return answer(
        'events',
        count,
        ahead ? countedRows(emails, byHour, bind) : eventRows(emails, bind),
        bind,
      );
    }
    case 'people': {
      const counted = { ...keysOf(count, 'hour', bind), ...partColumns(count, { ...eventParts, own: '1' }) };
      return answer('events', count, withPeople(personRows(events, counted, bind), sources), bind);
    }
    case 'events': {
      const rows = eventRows(events, bind);
      return answer(
        'events',
        count,
        count.metrics.some(countsPeople) ? withPeople(rows, sources) : rows,
        bind,
      );
    }
    case 'new':
      return answer('events', count, newPeople(count, sources, bind), bind);
    case 'new_events':
      return answer(
        'events',
        count,
        onlyNew(withPeople(eventRows(events, bind), sources), count, sources, bind),
        bind,
      );
    case 'sessions': {
      const rows = sessionsOf(count, sources, bind);
      return answer(
        'sessions',
        count,
        count.metrics.some(countsPeople) ? withPeople(rows, sources) : rows,
        bind,
      );
    }
    case 'new_sessions':
      return answer(
        'sessions',
        count,
        onlyNew(withPeople(sessionsOf(count, sources, bind), sources), count, sources, bind),
        bind,
      );
  }
}

/** Metrics over rows, by line or value and by interval. */
function answer(over: 'events' | 'sessions', count: Count, rows: string, bind: Binder): string {
  const { metrics, by, period, order } = count;
  const keys = [
    ...(by ? [by.asLines ? 'line' : 'value'] : []),
    ...(period.starts.length > 0 ? ['bucket'] : []),
  ];
  const named = metrics.map((metric) => `${measure(metric, over, period.starts.length > 0)} AS ${metric}`);
  const lines = [`SELECT ${[...keys, ...named].join(', ')}`, `FROM (\n${rows}\n)`];
  if (keys.length > 0) {
    // Sums of lines and of the whole period: people are merged, not added.
    lines.push(`GROUP BY ${keys.join(', ')}${by && !by.asLines ? '' : ' WITH ROLLUP'}`);
    // Not what only cancelled sessions had.
    if (over === 'sessions') lines.push('HAVING sum(w) != 0');
  }
  if (order) {
    const direction = order.direction === 'ascending' ? 'ASC' : 'DESC';
    const byMetric = order.by !== 'value' && metrics.includes(order.by);
    lines.push(`ORDER BY ${byMetric ? `${order.by} ${direction} NULLS LAST, value` : `value ${direction}`}`);
    lines.push(`LIMIT ${bind.count(order.limit)} OFFSET ${bind.count(order.offset)}`);
  }
  return lines.join('\n');
}

function eventsOf(count: Count, { cover }: Sources, bind: Binder): EventRows {
  const { filters, period, by } = count;
  return {
    period,
    cover,
    filters: [...filters, ...valuesAsked(count)],
    byRapport: byRapportOf(filters),
    columns: { ...keysOf(count, 'time', bind), ...partColumns(count, eventParts) },
    properties: namesProperty(filters, by?.dimension),
  };
}

function partColumns({ metrics }: Count, parts: Readonly<Record<string, string>>): Columns {
  const needed = new Set(metrics.flatMap(partsOf));
  return Object.fromEntries([...needed].map((part) => [part, parts[part]!]));
}

/** What rows are grouped by: the value or line, and the interval of a time. */
function keysOf(count: Count, time: string, bind: Binder): Columns {
  return { ...valueColumn(count, bind), ...intervalOf(count, time, bind) };
}

const intervalOf = ({ period }: Count, time: string, bind: Binder): Columns => ({
  bucket: bucketSql(time, period, bind),
});

function valueColumn({ by }: Count, bind: Binder): Columns {
  if (!by) return {};
  const text = dimensionSql(by.dimension, bind);
  if (!by.asLines) return { value: text };
  const values = by.values ?? [];
  if (values.length === 0) return { line: 'toUInt32(1)' };
  const lines = bind.counts(values.map((_, n) => n + 2));
  return { line: `transform(${text}, ${bind.texts(values)}, ${lines}, toUInt32(1))` };
}

/** The values asked for, as a condition. */
const valuesAsked = ({ by }: Count): Filter[] =>
  by?.values && !by.asLines ? [{ dimension: by.dimension, operator: 'in', values: [...by.values] }] : [];

/** Rows with the person each is known to be now. */
const withPeople = (rows: string, { cover }: Pick<Sources, 'cover'>) =>
  cover.linked
    ? `SELECT e.* REPLACE (if(l.to_person != 0, l.to_person, e.p) AS p)
FROM (
${rows}
) AS e
LEFT ANY JOIN (${personLinks}) AS l
ON e.p = l.from_person`
    : rows;

/**
 * Everybody whose first own event ever lies in the period. People are joined before the first is looked for: who was
 * anonymous for a year is not new.
 */
function newPeople({ period }: Count, { cover, history }: Sources, bind: Binder): string {
  if (!history) throw new Error('new people are told by all events before the period');
  const { from, to } = period;
  const seen = `SELECT p, min(t) AS t FROM (
${seenRows(period, history, bind)}
) GROUP BY p`;
  return `SELECT ${bucketSql('first', period, bind)} AS bucket, p, 1 AS fresh
FROM (SELECT p, min(t) AS first FROM (
${withPeople(seen, { cover })}
) GROUP BY p)
WHERE first >= ${bind.time(from)} AND first < ${bind.time(to)}`;
}

/** Of rows with people, those of people first seen in the period. */
const onlyNew = (
  rows: string,
  count: Count,
  sources: Sources,
  bind: Binder,
) => `SELECT e.*, e.bucket = f.bucket AS fresh
FROM (
${rows}
) AS e
INNER JOIN (
${newPeople(count, sources, bind)}
) AS f
ON e.p = f.p`;

/**
 * Sessions, one row each; where a dimension of events is asked for, one for each value of it in the session. Where
 * filters or dimension are of events, each event finds the session it belongs to: the last of its visitor that began
 * before it, if it had not ended.
 */
function sessionsOf(count: Count, { cover, sessionsEnd }: Sources, bind: Binder): string {
  const { filters, by, metrics, period } = count;
  const split = splitFilters([...filters, ...valuesAsked(count)]);
  const ofEvents = by !== undefined && scopeOf(by.dimension) === 'event';
  const columns: Columns = {
    ...(ofEvents ? {} : valueColumn(count, bind)),
    ...intervalOf(count, 'started', bind),
    p: 'person',
    s_n: 'events',
    s_v: 'page_views',
    s_o: 'orders',
    s_ms: 'toUnixTimestamp64Milli(ended) - toUnixTimestamp64Milli(started)',
  };
  if (!joinsEvents(count)) {
    const whole = metrics.some(countsPeople);
    const all = {
      ...columns,
      n: 'events',
      v: 'page_views',
      r: 'revenue',
      o: 'orders',
      w: whole ? '1' : 'sign',
    };
    return sessionRows({ period, filters: split.session, columns: all, whole }, bind);
  }
  const { p: _, own: __, ...parts } = partColumns(count, eventParts);
  const rows = chosenEvents(
    {
      period: { from: period.from, to: Math.max(period.to, sessionsEnd + 1), starts: [] },
      sessions: period,
      cover,
      filters: split.event,
      sessionFilters: split.session,
      byRapport: 'none',
      columns: { ...(ofEvents ? valueColumn(count, bind) : {}), ...parts },
      sessionColumns: { ...columns, content: 'content' },
      properties: namesProperty([], by?.dimension),
    },
    bind,
  );
  const key = ofEvents ? [by?.asLines ? 'line' : 'value'] : [];
  const list = [
    ...key,
    ...Object.keys(columns).map((name) => `any(x.${name}) AS ${name}`),
    ...Object.keys(parts).map((part) => `sum(x.${part}) AS ${part}`),
    '1 AS w',
  ];
  return `SELECT ${list.join(', ')}
FROM (
${rows}
) AS x
GROUP BY ${[...key, 'content'].join(', ')}`;
}
