import { adhoc, type ClickHouse, type Statement, statement } from '../engine/index.ts';
import { isLinked, personLinks } from '../log/index.ts';
import { attributesOf } from './attributes.ts';
import { badCursor, cursorTime, decodeCursor, encodeCursor } from './cursor.ts';
import type { PeoplePage, PeopleQuery, PersonRow } from './schema.ts';

const idsStatement = statement(import.meta.url, './sql/ids_of_people.sql');

/** A subquery that yields people (one column, `person`), with its own parameters beside `workspace`. */
export interface Selection {
  sql: string;
  params: Record<string, unknown>;
}

const columns = ['first_name', 'last_name', 'email', 'phone', 'store_location', 'lifetime_value'];

/** A search that finds more is cut here: nobody pages through it, and a word of one letter finds nearly everybody. */
const mostFound = 10_000;

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
  return `WITH links AS MATERIALIZED (${personLinks})${chosen === undefined ? '' : `, ${chosen}`}
SELECT if(l.to_person != 0, l.to_person, p.person) AS owner, anyIf(p.profile, p.person = owner) AS profile, min(p.first) AS first, max(p.last) AS last, owner AS person
FROM people AS p LEFT ANY JOIN (SELECT * FROM links) AS l ON p.person = l.from_person
WHERE p.workspace = {workspace:UUID} ${theirs}
GROUP BY owner${chosen === undefined ? '' : '\nHAVING owner IN (SELECT person FROM chosen)'}`;
};

/** What `everybody` needs to be asked with. */
export const everybodySettings = { enable_materialized_cte: 1 } as const;

/** What a search looks for, each word once. */
export const wordsOf = (search = ''): string[] =>
  [...new Set(search.toLowerCase().split(/\s+/))].filter((word) => word !== '');

/** People whom every word is a part of: of an id, a name, an address or a telephone number they were ever known by. */
export function matching(linked: boolean, words: readonly string[], most = mostFound): Selection {
  const all = words.map((_, n) => `max(position(t.text, {words:Array(String)}[${n + 1}])) > 0`).join(' AND ');
  const person = linked ? 'if(l.to_person != 0, l.to_person, t.person)' : 't.person';
  const links = linked ? `LEFT ANY JOIN (${personLinks}) AS l ON t.person = l.from_person` : '';
  const sql = `SELECT ${person} AS person FROM people_texts AS t ${links}
WHERE t.workspace = {workspace:UUID} AND multiSearchAny(t.text, {words:Array(String)})
GROUP BY person${words.length > 1 ? ` HAVING ${all}` : ''}
LIMIT ${most}`;
  return { sql, params: { words } };
}

/** @param searched how many there are comes with each row, since looking for them a second time is the dear part */
const pageStatement = (linked: boolean, selections: readonly Selection[], searched: boolean): Statement =>
  adhoc(
    'people_page',
    `SELECT toString(who) AS person, toUnixTimestamp64Milli(seen) AS last_seen, total
FROM (SELECT person AS who, last AS seen, ${searched ? 'count() OVER ()' : '0'} AS total FROM (${everybody(linked, selections)}))
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
 * A page of people, last seen first. Who is on the page is found first, then their attributes in one statement.
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
  const selections = [...narrowing];
  if (words.length > 0) selections.push(matching(linked, words));
  const [time, after] = query.cursor ? decodeCursor(query.cursor, 2) : ['0', ''];
  if (after !== '' && !/^\d{1,20}$/.test(after ?? '')) throw badCursor('cursor');
  const params = Object.assign({ workspace }, ...selections.map((selection) => selection.params));
  const searched = words.length > 0;
  const [page, count] = await Promise.all([
    clickhouse.rows<{ person: string; last_seen: number; total: number }>(
      pageStatement(linked, selections, searched),
      {
        ...params,
        after_time: cursorTime(time),
        after,
        limit: query.limit + 1,
      },
      { settings: everybodySettings },
    ),
    searched
      ? undefined
      : clickhouse.row<{ total: number }>(totalStatement(linked, selections), params, {
          settings: everybodySettings,
        }),
  ]);
  const total = (count ?? page[0])?.total ?? 0;
  const shown = page.slice(0, query.limit);
  const last = page.length > query.limit ? shown.at(-1) : undefined;
  return {
    items: await peopleRows(clickhouse, workspace, shown),
    total,
    total_is_least: searched && total >= mostFound,
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

async function peopleRows(
  clickhouse: ClickHouse,
  workspace: string,
  page: readonly { person: string; last_seen: number }[],
): Promise<PersonRow[]> {
  if (page.length === 0) return [];
  const ids = await idsOfPeople(
    clickhouse,
    workspace,
    page.map(({ person }) => person),
  );
  const found = await attributesOf(clickhouse, workspace, [...ids.values()], columns);
  return page.map(({ person, last_seen }) => {
    const id = ids.get(person) ?? '';
    const values = found.get(id) ?? {};
    return {
      id,
      first_name: textOf(values.first_name),
      last_name: textOf(values.last_name),
      email: textOf(values.email),
      phone: textOf(values.phone),
      store_location: textOf(values.store_location),
      lifetime_value: numberOf(values.lifetime_value),
      last_seen: new Date(last_seen).toISOString(),
    };
  });
}

const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
