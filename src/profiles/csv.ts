import { adhoc, type ClickHouse, csvLine, Problem, statement } from '../engine/index.ts';
import { isLinked } from '../log/index.ts';
import { attributesOf } from './attributes.ts';
import { everybody, everybodySettings, type Selection } from './people.ts';
import type { CsvQuery } from './schema.ts';
import { matching, wordsOf } from './search.ts';

const csvAttributes = statement(import.meta.url, './sql/csv_attributes.sql');

/** What one wants to see first of a customer; the rest follows by name. */
const first = [
  'email',
  'first_name',
  'last_name',
  'phone',
  'store_location',
  'lifetime_value',
  'last_order_date',
];

/** More columns than a table for people has; who has more attributes says which are wanted. */
const mostColumns = 500;
/** Bytes of ids of people whose attributes are read in one statement: the engine takes texts of 256 KB, quoted. */
const idBytesAtOnce = 100_000;
/** Each keeps a statement open for as long as its reader takes; the others are for those who wait for a page. */
const mostAtOnce = 2;

/** The list of people as a table for spreadsheets, however many they are: in memory are some thousands of them. */
export function createCsv(clickhouse: ClickHouse) {
  let running = 0;

  async function columnsOf(workspace: string): Promise<string[]> {
    const rows = await clickhouse.rows<{ name: string }>(csvAttributes, {
      workspace,
      limit: mostColumns + 1,
    });
    if (rows.length > mostColumns) {
      throw new Problem(400, 'too_many_columns', `People have more than ${mostColumns} attributes.`, {
        field: 'column',
        hint: 'Name those you want: ?column=email&column=city',
      });
    }
    const names = rows.map(({ name }) => name);
    return [
      ...first.filter((name) => names.includes(name)),
      ...names.filter((name) => !first.includes(name)),
    ];
  }

  async function* lines(
    workspace: string,
    columns: readonly string[],
    linked: boolean,
    selections: readonly Selection[],
  ): AsyncGenerator<string> {
    running++;
    try {
      // A byte order mark first, so that Excel reads the rest as UTF-8.
      yield `\ufeff${csvLine(['id', 'first_seen', 'last_seen', ...columns])}`;
      for await (const people of peopleOf(clickhouse, workspace, linked, selections)) {
        const ids = people.map(({ id }) => id);
        const found = await attributesOf(clickhouse, workspace, ids, columns);
        yield people
          .map(({ id, first_seen, last_seen }) => {
            const values = found.get(id) ?? {};
            return csvLine([
              id,
              iso(first_seen),
              iso(last_seen),
              ...columns.map((name) => cellOf(values[name])),
            ]);
          })
          .join('');
      }
    } finally {
      running--;
    }
  }

  /** @throws Problem 429 while others are being written; 400 for more columns than a table has */
  return async (
    workspace: string,
    query: Pick<CsvQuery, 'search' | 'column'>,
    narrowing: readonly Selection[],
  ): Promise<AsyncIterable<string>> => {
    if (running >= mostAtOnce) {
      throw new Problem(429, 'busy', 'Other lists of people are being written just now.', {
        hint: 'Try again when they are done.',
        retryAfter: 30,
      });
    }
    const linked = await isLinked(clickhouse, workspace);
    const words = wordsOf(query.search);
    const search = words.length > 0 ? [matching(linked, words)] : [];
    const columns =
      query.column === undefined ? await columnsOf(workspace) : [...new Set([query.column].flat())];
    return lines(workspace, columns, linked, [...narrowing, ...search]);
  };
}

interface Row {
  id: string;
  first_seen: number;
  last_seen: number;
}

/**
 * Some thousands at a time, in one statement from beginning to end: nobody is left out because they were seen meanwhile. In the
 * order in which they lie in the tables of attributes, which are then read a few granules at a time.
 */
async function* peopleOf(
  clickhouse: ClickHouse,
  workspace: string,
  linked: boolean,
  selections: readonly Selection[],
): AsyncGenerator<Row[]> {
  const params = Object.assign({ workspace }, ...selections.map((selection) => selection.params));
  const narrowed = adhoc(
    'csv_people',
    `SELECT profile AS id, toUnixTimestamp64Milli(first) AS first_seen, toUnixTimestamp64Milli(last) AS last_seen
FROM (${everybody(linked, selections)})
ORDER BY person`,
  );
  let waiting: Row[] = [];
  let bytes = 0;
  for await (const rows of clickhouse.stream<Row>(narrowed, params, { settings: everybodySettings })) {
    for (const row of rows) {
      waiting.push(row);
      bytes += Buffer.byteLength(row.id) + 4;
      if (bytes < idBytesAtOnce) continue;
      yield waiting;
      waiting = [];
      bytes = 0;
    }
  }
  if (waiting.length > 0) yield waiting;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function cellOf(value: unknown) {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}
