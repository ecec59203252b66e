import { adhoc, type ClickHouse, type Statement, statement } from '../engine/index.ts';
import { isLinked, linksNamed } from '../log/index.ts';
import { badCursor, cursorTime, decodeCursor, encodeCursor } from './cursor.ts';
import { isNumbered, rowsOf, withOthers } from './rows.ts';
import type { PeoplePage, PeopleQuery } from './schema.ts';
import { type Found, mostFound, searchPeople, wordsOf } from './search.ts';

const idsStatement = statement(import.meta.url, './sql/ids_of_people.sql');

/** A subquery that yields people (one column, `person`), with its own parameters beside `workspace`. */
export interface Selection {
  sql: string;
  params: Record<string, unknown>;
}

/**
 * SQL of everybody: `person`, `profile`, `first`, `last`. Where nobody is known by two ids the engine merges what is not merged yet,
 * in a third of the time of grouping.
 */
export const everybody = (linked: boolean, selections: readonly Selection[]): string => {
  const conditions = selections.map(({ sql }) => `person IN (${sql})`);
  if (!linked)
    return `SELECT person, profile, first, last FROM people FINAL WHERE ${['workspace = {workspace:UUID}', ...conditions].join(' AND ')}`;
  const [first, ...others] = selections;
  const chosen =
    first &&
    `chosen AS MATERIALIZED (SELECT person FROM (${first.sql})${others.map(({ sql }, n) => `${n === 0 ? ' WHERE' : ' AND'} person IN (${sql})`).join('')})`;
  // Of few people only their own rows, under all their ids, are read and joined.
  const theirs =
    chosen === undefined
      ? ''
      : `AND p.person IN (SELECT person FROM chosen UNION ALL SELECT from_person FROM links WHERE to_person IN (SELECT person FROM chosen))`;
  return `WITH ${linksNamed()}${chosen === undefined ? '' : `, ${chosen}`}
SELECT if(l.to_person != 0, l.to_person, p.person) AS owner, anyIf(p.profile, p.person = owner) AS profile, min(p.first) AS first, max(p.last) AS last, owner AS person
FROM people AS p LEFT ANY JOIN (SELECT * FROM links) AS l ON p.person = l.from_person
WHERE p.workspace = {workspace:UUID} ${theirs}
GROUP BY owner${chosen === undefined ? '' : '\nHAVING owner IN (SELECT person FROM chosen)'}`;
};

/** What `everybody` needs to be asked with. */
export const everybodySettings = { enable_materialized_cte: 1 } as const;

const pageStatement = (linked: boolean, selections: readonly Selection[]): Statement =>
  adhoc(
    'people_page',
    `SELECT toString(who) AS person, toUnixTimestamp64Milli(seen) AS last_seen
FROM (SELECT person AS who, last AS seen FROM (${everybody(linked, selections)}))
WHERE {after:String} = '' OR seen < {after_time:DateTime64(3,'UTC')}
  OR (seen = {after_time:DateTime64(3,'UTC')} AND who > toUInt64OrZero({after:String}))
ORDER BY seen DESC, who
LIMIT {limit:UInt32}`,
  );

const totalStatement = (linked: boolean, selections: readonly Selection[]): Statement =>
  adhoc('people_total', `SELECT count() AS total FROM (${everybody(linked, selections)})`);

/** How many people there are, and how many of them were first seen since. */
export async function countPeople(
  clickhouse: ClickHouse,
  workspace: string,
  since: Date,
): Promise<{ total: number; recent: number }> {
  const linked = await isLinked(clickhouse, workspace);
  const counted = `SELECT count() AS total, countIf(first >= {since:DateTime64(3,'UTC')}) AS recent FROM (${everybody(linked, [])})`;
  return clickhouse.row(
    adhoc('people_count', counted),
    { workspace, since },
    { settings: everybodySettings },
  );
}

/**
 * A page of people, last seen first; of a search those whom it names whole first. Who is on the page is found first, then
 * what is shown of them.
 *
 * @param narrowing further conditions, e.g. membership of a segment
 */
export async function listPeople(
  clickhouse: ClickHouse,
  workspace: string,
  query: Pick<PeopleQuery, 'search' | 'limit' | 'cursor'>,
  narrowing: readonly Selection[] = [],
): Promise<PeoplePage> {
  const linked = await isLinked(clickhouse, workspace);
  const words = wordsOf(query.search);
  const { people, total, next_cursor } =
    words.length > 0
      ? await searchPeople(clickhouse, { workspace, linked }, { ...query, words }, narrowing)
      : await lastSeen(clickhouse, { workspace, linked }, query, narrowing);
  return {
    items: await rowsOf(clickhouse, workspace, people),
    total,
    total_is_least: words.length > 0 && total >= mostFound,
    next_cursor,
  };
}

async function lastSeen(
  clickhouse: ClickHouse,
  { workspace, linked }: { workspace: string; linked: boolean },
  { limit, cursor }: Pick<PeopleQuery, 'limit' | 'cursor'>,
  narrowing: readonly Selection[],
): Promise<Found> {
  const [time, after] = cursor ? decodeCursor(cursor, 2) : ['0', ''];
  if (after !== '' && !isNumbered(after)) throw badCursor('cursor');
  const params = Object.assign({ workspace }, ...narrowing.map((selection) => selection.params));
  const [page, { total }] = await Promise.all([
    clickhouse.rows<{ person: string; last_seen: number }>(
      pageStatement(linked, narrowing),
      { ...params, after_time: cursorTime(time), after, limit: limit + 1 },
      { settings: everybodySettings },
    ),
    clickhouse.row<{ total: number }>(totalStatement(linked, narrowing), params, {
      settings: everybodySettings,
    }),
  ]);
  const shown = page.slice(0, limit);
  const people = shown.map(({ person }) => person);
  const last = page.length > limit ? shown.at(-1) : undefined;
  return {
    people: linked
      ? await withOthers(clickhouse, workspace, people)
      : people.map((person) => ({ person, others: [] })),
    total,
    next_cursor: last ? encodeCursor([String(last.last_seen), last.person]) : null,
  };
}

/** Ids of people known by their numbers. */
export async function idsOfPeople(
  clickhouse: ClickHouse,
  workspace: string,
  people: readonly string[],
): Promise<Map<string, string>> {
  if (people.length === 0) return new Map();
  const numbers = people.map((person) => BigInt(person));
  const rows = await clickhouse.rows<{ person: string; id: string }>(idsStatement, {
    workspace,
    people: numbers,
  });
  return new Map(rows.map(({ person, id }) => [person, id]));
}
