import type { Cover } from '../hours/index.ts';
import type { Binder } from './binder.ts';
import { cutHours } from './buckets.ts';
import { conditionsSql, namesEvents, scopeOf } from './conditions.ts';
import { type Filter, propertyOf } from './question.ts';
import type { Period } from './times.ts';
import { type Dimension, emailSent } from './words.ts';

/** Expressions over the columns of a table, by the alias they get. */
export type Columns = Readonly<Record<string, string>>;

/**
 * Which of the events Rapport wrote itself are meant: none, those that filters name, or the emails sent and no other
 * event at all.
 */
export type ByRapport = 'none' | 'named' | 'emails';

export interface EventRows {
  period: Period;
  cover: Cover;
  filters: readonly Filter[];
  byRapport: ByRapport;
  columns: Columns;
  /** Whether filters or columns name properties, which only `events` has. */
  properties: boolean;
}

const ONE_WORKSPACE = 'workspace = {workspace:UUID}';
const HOUR = 3_600_000;

/**
 * SQL of the events of a period that satisfy filters of events, one row each. Closed hours come from
 * `events_by_person`, open ones from `events`; all of it from `events` where a property is asked for.
 */
export function eventRows(rows: EventRows, bind: Binder): string {
  const { cover, period } = rows;
  const tests = [...timeTests('time', period, bind), ...eventTests(rows, bind)];
  if (rows.properties || isMostlyOpen(cover)) {
    const names = rows.filters.filter(({ dimension }) => dimension === 'event');
    const prewhere = [ONE_WORKSPACE, ...conditionsSql(names, bind)];
    return select(rows.columns, 'events FINAL', ['NOT bot', ...tests], prewhere);
  }
  const closed = select(rows.columns, 'events_by_person', [
    ONE_WORKSPACE,
    ...closedTests(period, cover, bind),
    ...tests,
  ]);
  return union([closed, openRows(rows.columns, tests, cover, bind)]);
}

/**
 * SQL of what happened by name: rows of `metric_hours` for hours that are closed and lie in one interval whole; single
 * events for the others. `counted` are the columns over metric_hours, `rows.columns` the same over events. Filters
 * may be of event and type alone.
 */
export function countedRows(rows: EventRows, counted: Columns, bind: Binder): string {
  const tests = eventTests(rows, bind);
  return aheadRows(rows, { table: 'metric_hours', columns: counted, tests }, tests, bind);
}

/** SQL of who was there: rows of `person_hours`, and single events where those do not hold. Takes no filters. */
export function personRows(rows: EventRows, counted: Columns, bind: Binder): string {
  const tests = eventTests(rows, bind);
  return aheadRows(rows, { table: 'person_hours', columns: counted, tests: [] }, tests, bind);
}

/**
 * SQL of when people did something, from the beginning of time to the end of a period: `p` and `t`, to the hour where
 * that tells the interval, to the millisecond where it does not.
 */
export function seenRows({ from, to, starts }: Period, history: Cover, bind: Binder): string {
  const period = { from: 0, to, starts: [from, ...starts] };
  const columns = { p: 'person', t: 'time' };
  const rows: EventRows = {
    period,
    cover: history,
    filters: [],
    byRapport: 'none',
    columns,
    properties: false,
  };
  return personRows(rows, { p: 'person', t: "toDateTime64(hour, 3, 'UTC')" }, bind);
}

function aheadRows(
  rows: EventRows,
  ahead: { table: string; columns: Columns; tests: string[] },
  tests: string[],
  bind: Binder,
): string {
  const { period, cover, columns } = rows;
  if (isMostlyOpen(cover)) return eventRows(rows, bind);
  const cut = cutHours(period);
  const time = timeTests('time', period, bind);
  const closed = [ONE_WORKSPACE, ...closedTests(period, cover, bind)];
  const hours = cut.length > 0 ? [`hour NOT IN ${bind.seconds(cut)}`] : [];
  const parts = [select(ahead.columns, ahead.table, [...closed, ...hours, ...ahead.tests])];
  if (cut.length > 0) {
    const within = `hour IN ${bind.seconds(cut)}`;
    parts.push(select(columns, 'events_by_person', [...closed, within, ...time, ...tests]));
  }
  return union([...parts, openRows(columns, [...time, ...tests], cover, bind)]);
}

/**
 * Whether so many hours are open (history is being imported, or was changed) that a list of them is too long for a
 * statement. Then all of a period is read from `events`.
 */
export const isMostlyOpen = ({ openHours, eventHours, stale }: Cover): boolean =>
  openHours.length + eventHours.length + stale.length > mostListed;
const mostListed = 2_000;

/** No more hours than these are left out of what was counted ahead; beyond, single events are no dearer. */
const mostCuts = 200;

/** Whether rows counted by the hour help to answer: most hours lie in one interval whole. */
export function isMadeOfHours(period: Period): boolean {
  const cuts = cutHours(period).length;
  return cuts <= mostCuts && cuts * 2 <= (period.to - period.from) / HOUR;
}

/** Rows of open hours; undefined when there are none. See Cover for what is told apart here. */
function openRows(columns: Columns, tests: string[], cover: Cover, bind: Binder): string | undefined {
  if (cover.openHours.length === 0) return undefined;
  const hours = bind.seconds(cover.eventHours);
  const open = bind.seconds(cover.openHours);
  return select(
    columns,
    'events FINAL',
    ['NOT bot', `toStartOfHour(time) IN ${open}`, ...tests],
    [ONE_WORKSPACE, `hour IN ${hours}`],
  );
}

function closedTests({ from, to }: Period, cover: Cover, bind: Binder): string[] {
  const begin = Math.floor(from / HOUR) * (HOUR / 1_000);
  const end = Math.ceil(to / HOUR) * (HOUR / 1_000);
  const tests = [
    `hour >= ${bind.second(begin)}`,
    `hour < ${bind.second(end)}`,
    `version <= ${bind.version(cover.newestVersion)}`,
  ];
  if (cover.openHours.length > 0) {
    tests.push(`hour NOT IN ${bind.seconds(cover.openHours)}`);
  }
  if (cover.stale.length > 0) {
    tests.push(`(hour, version) NOT IN ${bind.versions(cover.params.stale)}`);
  }
  return tests;
}

const timeTests = (time: string, { from, to }: Period, bind: Binder): string[] => [
  `${time} >= ${bind.time(from)}`,
  `${time} < ${bind.time(to)}`,
];

/** Filters that an event fulfils by itself, and who may have written it. */
function eventTests({ filters, byRapport }: EventRows, bind: Binder): string[] {
  const tests = conditionsSql(filters, bind);
  if (byRapport === 'none') tests.push('NOT by_rapport');
  if (byRapport === 'emails') tests.push(`by_rapport AND name = ${bind.text(emailSent)}`);
  return tests;
}

export const byRapportOf = (filters: readonly Filter[]): ByRapport =>
  namesEvents(filters) ? 'named' : 'none';

export const namesProperty = (filters: readonly Filter[], dimension: Dimension | undefined): boolean =>
  [dimension, ...filters.map((filter) => filter.dimension)].some(
    (name) => name !== undefined && propertyOf(name) !== undefined,
  );

export interface SessionRows {
  period: Period;
  /** Filters of sessions alone. */
  filters: readonly Filter[];
  columns: Columns;
  /** Whether each session is one row. If not, what changed is told by further rows with sign -1: only sums are right. */
  whole: boolean;
}

/** SQL of the sessions that began in a period. */
export function sessionRows({ period, filters, columns, whole }: SessionRows, bind: Binder): string {
  const { from, to } = period;
  return select(columns, whole ? 'sessions FINAL' : 'sessions', [
    ONE_WORKSPACE,
    `start_hour >= ${bind.second(Math.floor(from / HOUR) * (HOUR / 1_000))}`,
    `start_hour < ${bind.second(Math.ceil(to / HOUR) * (HOUR / 1_000))}`,
    ...timeTests('started', period, bind),
    ...conditionsSql(filters, bind),
  ]);
}

/** Filters by what they are about. `session` are those a session has itself: of visits, and of both. */
export function splitFilters(filters: readonly Filter[]) {
  const of = (...scopes: string[]) => filters.filter(({ dimension }) => scopes.includes(scopeOf(dimension)));
  return { event: of('event'), session: of('visit', 'both'), visit: of('visit') };
}

function select(columns: Columns, from: string, where: string[], prewhere: string[] = []): string {
  const list = Object.entries(columns).map(([alias, sql]) => `${sql} AS ${alias}`);
  return [
    `SELECT ${list.join(', ')}`,
    `FROM ${from}`,
    ...(prewhere.length > 0 ? [`PREWHERE ${prewhere.join(' AND ')}`] : []),
    `WHERE ${where.join(' AND ')}`,
  ].join(' ');
}

const union = (parts: (string | undefined)[]) =>
  parts.filter((part) => part !== undefined).join('\nUNION ALL\n');
