import { personLinks } from '../../log/index.ts';
import type { Cover } from '../hours/index.ts';
import type { Binder } from '../query/binder.ts';
import { conditionsSql, dimensionSql, namesEvents, scopeOf } from '../query/conditions.ts';
import type { Filter } from '../query/question.ts';
import { type Columns, eventRows, namesProperty, sessionRows } from '../query/rows.ts';
import type { Period } from '../query/times.ts';
import type { Dimension } from '../query/words.ts';

/** What is looked for: an event of a name, or any (null), that satisfies filters. */
export interface Wanted {
  event: string | null;
  filters: readonly Filter[];
  /** Not this late or later; milliseconds. */
  before?: number;
}

export interface Matches {
  wanted: readonly Wanted[];
  /** Filters that hold for all of them. */
  filters: readonly Filter[];
  period: Period;
  cover: Cover;
  /** Further columns, over those of `events`. */
  columns: Columns;
  /** Its value becomes the column `v`, for what matches the first of `wanted`. */
  dimension?: Dimension | null;
}

/** Sessions that began so long before may still be going on when the period begins. */
const longestSession = 7 * 86_400_000;

/**
 * SQL of the events that are wanted, one row each: `p` the person before identities are joined, `m` with bit n set when
 * the event is what `wanted[n]` looks for, the further columns, and `v`.
 */
export function matchingRows(matches: Matches, bind: Binder): string {
  const { wanted, dimension } = matches;
  const events = sourcesOf(matches)
    .map(({ names, properties }) => rowsOf(matches, names, properties, bind))
    .join('\nUNION ALL\n');
  const more = Object.keys(matches.columns);
  if (!asksVisits(matches)) {
    return `SELECT ${['p', 'm', ...more, ...(dimension ? ['v'] : [])].join(', ')}\nFROM (\n${events}\n)\nWHERE m != 0`;
  }
  const found = '(e.own AND e.at <= s.ended)';
  const tests = wanted.map(({ filters }, n) => {
    const visit = visitFilters([...matches.filters, ...filters]);
    const holds = visit.length === 0 ? '1' : [found, ...conditionsSql(visit, bind)].join(' AND ');
    return `${2 ** n} * (${holds})`;
  });
  const columns = [
    'e.p AS p',
    `bitAnd(e.w, toUInt16(${tests.join(' + ')})) AS m`,
    ...more.map((name) => `e.${name} AS ${name}`),
    ...(dimension ? [`${isVisit(dimension) ? `if(${found}, s.${dimension}, '')` : 'e.v'} AS v`] : []),
  ];
  return `SELECT ${columns.join(', ')}
FROM (
${events}
) AS e
ASOF LEFT JOIN (
${visits(matches, bind)}
) AS s
ON e.visitor = s.visitor AND e.at >= s.started
WHERE m != 0`;
}

/** The events to read, and whether with their properties, which only `events` has. No name is in two of them. */
function sourcesOf({ wanted, filters, dimension }: Matches): { names?: string[]; properties: boolean }[] {
  const asks = wanted.map((one, n) =>
    namesProperty([...filters, ...one.filters], n === 0 ? (dimension ?? undefined) : undefined),
  );
  const names = wanted.map(({ event }) => event);
  if (names.includes(null)) return [{ properties: asks.includes(true) }];
  const all = [...new Set(names)] as string[];
  const slow = all.filter((name) => names.some((other, n) => other === name && asks[n]));
  const fast = all.filter((name) => !slow.includes(name));
  return [
    ...(fast.length > 0 ? [{ names: fast, properties: false }] : []),
    ...(slow.length > 0 ? [{ names: slow, properties: true }] : []),
  ];
}

function rowsOf(matches: Matches, names: string[] | undefined, properties: boolean, bind: Binder): string {
  const { wanted, dimension, period, cover } = matches;
  const joined = asksVisits(matches);
  const tests = wanted.flatMap((one, n) => {
    if (names && !names.includes(one.event ?? '')) return [];
    const ofEvents = [...matches.filters, ...one.filters].filter((filter) => !isVisit(filter.dimension));
    const late = one.before === undefined ? [] : [`time < ${bind.time(one.before)}`];
    const holds = [...nameTests(one, matches, bind), ...late, ...conditionsSql(ofEvents, bind)];
    return [`${2 ** n} * (${holds.join(' AND ') || '1'})`];
  });
  const mask = `toUInt16(${tests.join(' + ')})`;
  const first = !names || names.includes(wanted[0]?.event ?? '');
  const columns: Columns = {
    p: 'person',
    [joined ? 'w' : 'm']: mask,
    ...matches.columns,
    ...(joined ? { visitor: 'visitor', at: 'time', own: 'NOT by_rapport' } : {}),
    ...(dimension && !isVisit(dimension)
      ? { v: first ? `if(bitAnd(${mask}, 1) != 0, ${dimensionSql(dimension, bind)}, '')::String` : "''" }
      : {}),
  };
  const filters: Filter[] = names ? [{ dimension: 'event', operator: 'in', values: names }] : [];
  return eventRows({ period, cover, filters, byRapport: 'named', columns, properties }, bind);
}

/** Any event is one of a person's own, or one that the question names. */
function nameTests({ event }: Wanted, { wanted, filters }: Matches, bind: Binder): string[] {
  if (event !== null) return [`name = ${bind.text(event)}`];
  if (namesEvents(filters)) return [];
  const named = wanted.flatMap((other) => other.event ?? []);
  return [named.length === 0 ? 'NOT by_rapport' : `(NOT by_rapport OR name IN ${bind.texts(named)})`];
}

const isVisit = (dimension: Dimension): boolean => scopeOf(dimension) === 'visit';
const visitFilters = (filters: readonly Filter[]) => filters.filter(({ dimension }) => isVisit(dimension));

/** The dimensions asked for that sessions have. */
function visitDimensions({ wanted, filters, dimension }: Matches): Dimension[] {
  const all = visitFilters([...filters, ...wanted.flatMap((one) => one.filters)]).map(
    (filter) => filter.dimension,
  );
  return [...new Set([...all, ...(dimension && isVisit(dimension) ? [dimension] : [])])];
}

const asksVisits = (matches: Matches): boolean => visitDimensions(matches).length > 0;

/** Sessions that may be going on in the period, with what is asked of them. */
function visits(matches: Matches, bind: Binder): string {
  const { from, to } = matches.period;
  const dimensions = visitDimensions(matches).map((name) => [name, name] as const);
  return sessionRows(
    {
      period: { from: Math.max(0, from - longestSession), to, starts: [] },
      filters: [],
      columns: { visitor: 'visitor', started: 'started', ended: 'ended', ...Object.fromEntries(dimensions) },
      whole: true,
    },
    bind,
  );
}

/** SQL of a query over people, joined with who each is known to be now: `q`. Other columns of `people` are given as aggregates. */
export const joinedPeople = (
  people: string,
  { linked }: Pick<Cover, 'linked'>,
  aggregates: Columns,
  having: string,
): string => {
  const columns = Object.entries(aggregates).map(([alias, sql]) => `${sql} AS ${alias}`);
  const known = linked ? 'if(l.to_person != 0, l.to_person, e.p)' : 'e.p';
  const links = linked ? `LEFT ANY JOIN (${personLinks}) AS l\nON e.p = l.from_person\n` : '';
  return `SELECT ${known} AS q, ${columns.join(', ')}
FROM (
${people}
) AS e
${links}GROUP BY q
HAVING ${having}`;
};
