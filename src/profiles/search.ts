import { adhoc, type ClickHouse } from '../engine/index.ts';
import { linksNamed } from '../log/index.ts';
import { badCursor, decodeCursor, encodeCursor } from './cursor.ts';
import type { Selection } from './people.ts';
import { isNumbered, type Numbered } from './rows.ts';

/** A search that finds more is cut here: nobody pages through it, and a word of one letter finds nearly everybody. */
export const mostFound = 10_000;
/** Words that are told apart are bits of a number. */
const mostWords = 60;

/** What a search looks for, each word once. */
export const wordsOf = (search = ''): string[] =>
  [...new Set(search.toLowerCase().split(/\s+/))].filter((word) => word !== '').slice(0, mostWords);

const word = (n: number) => `{words:Array(String)}[${n + 1}]`;

/**
 * People whom every word is a part of: of an id, a name, an address or a telephone number they were ever known by. Where some
 * are linked the statement it stands in names `links`.
 */
export const matching = (linked: boolean, words: readonly string[]): Selection => ({
  sql: `SELECT person FROM (${found(linked, words)})`,
  params: { words },
});

/**
 * Rows of `person` and `score`. Texts are looked through without links, and the few people found are brought together
 * under the ids that count: each word may be known of another of their ids.
 */
function found(linked: boolean, words: readonly string[]): string {
  const every = words.map((_, n) => n);
  const mask = every.map((n) => `bitShiftLeft(toUInt64(position(text, ${word(n)}) > 0), ${n})`).join(' + ');
  // A whole name or address counts more than its beginning, and that more than a part of it.
  const score = every
    .map(
      (n) =>
        `(position(concat('\n', text, '\n'), concat('\n', ${word(n)}, '\n')) > 0) * 2 + (position(concat('\n', text), concat('\n', ${word(n)})) > 0)`,
    )
    .join(' + ');
  const texts = `SELECT person, ${words.length > 1 ? `groupBitOr(${mask})` : '1'} AS mask, max(${score}) AS score
FROM people_texts
WHERE workspace = {workspace:UUID} AND multiSearchAny(text, {words:Array(String)})
GROUP BY person`;
  const all = `mask = ${2n ** BigInt(words.length) - 1n}`;
  if (!linked) return `SELECT person, score FROM (${texts})${words.length > 1 ? ` WHERE ${all}` : ''}`;
  return `SELECT owner AS person, score FROM (
SELECT if(l.to_person != 0, l.to_person, t.person) AS owner, groupBitOr(t.mask) AS mask, max(t.score) AS score
FROM (${texts}) AS t LEFT ANY JOIN (SELECT from_person, to_person FROM links) AS l ON t.person = l.from_person
GROUP BY owner HAVING ${all})`;
}

export interface Found {
  people: Numbered[];
  /** Up to `mostFound`. */
  total: number;
  next_cursor: string | null;
}

/**
 * People a search finds, whom it names whole first. What a list shows of them is looked up for a page alone.
 *
 * @throws Problem 400 `bad_cursor`
 */
export async function searchPeople(
  clickhouse: ClickHouse,
  { workspace, linked }: { workspace: string; linked: boolean },
  { words, limit, cursor }: { words: readonly string[]; limit: number; cursor?: string | undefined },
  narrowing: readonly Selection[],
): Promise<Found> {
  const [score, after] = cursor ? decodeCursor(cursor, 2) : ['255', '0'];
  if (!/^\d{1,3}$/.test(score ?? '') || !isNumbered(after)) throw badCursor('cursor');
  const among = narrowing.map(({ sql }, n) => `${n === 0 ? 'WHERE' : 'AND'} person IN (${sql})`).join(' ');
  const others = linked
    ? `LEFT ANY JOIN (SELECT to_person, groupArray(toString(from_person)) AS others FROM links GROUP BY to_person) AS l ON p.person = l.to_person`
    : '';
  const rows = await clickhouse.rows<Numbered & { score: number; total: number }>(
    adhoc(
      'people_search',
      `${linked ? `WITH ${linksNamed()}\n` : ''}SELECT toString(p.person) AS person, toUInt32(p.score) AS score, p.total AS total, ${linked ? 'l.others' : '[]'} AS others
FROM (
  SELECT * FROM (
    SELECT person, score, count() OVER () AS total
    FROM (SELECT person, score FROM (${found(linked, words)}) ${among} LIMIT ${mostFound})
  )
  WHERE score < {score:UInt32} OR (score = {score:UInt32} AND person > {after:UInt64})
  ORDER BY score DESC, person
  LIMIT {limit:UInt32}
) AS p ${others}
ORDER BY p.score DESC, p.person`,
    ),
    {
      ...Object.assign({}, ...narrowing.map(({ params }) => params)),
      workspace,
      words,
      score: Number(score),
      after: BigInt(after!),
      limit: limit + 1,
    },
    { settings: { enable_materialized_cte: 1 } },
  );
  const people = rows.slice(0, limit);
  const last = rows.length > limit ? people.at(-1) : undefined;
  return {
    people,
    total: rows[0]?.total ?? 0,
    next_cursor: last ? encodeCursor([String(last.score), last.person]) : null,
  };
}
