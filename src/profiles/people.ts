import { adhoc, type ClickHouse, type Statement, statement } from '../engine/index.ts';
import { attributesOf } from './attributes.ts';
import { cursorTime, decodeCursor, encodeCursor } from './cursor.ts';
import type { PeopleQuery, PersonRow } from './schema.ts';

const peoplePage = statement(import.meta.url, './sql/people_page.sql');
const peopleTotal = statement(import.meta.url, './sql/people_total.sql');
const peopleMatching = statement(import.meta.url, './sql/people_matching.sql');

/** A subquery that yields ids of people (one column), with its own parameters beside `workspace`. */
export interface Selection {
  sql: string;
  params: Record<string, unknown>;
}

const columns = ['first_name', 'last_name', 'email', 'phone', 'store_location', 'lifetime_value'];

/**
 * A page of people, last seen first. The page of ids is found first, then their attributes in one statement.
 *
 * @param narrowing further conditions, e.g. membership of a segment
 */
export async function listPeople(
  clickhouse: ClickHouse,
  workspace: string,
  query: Pick<PeopleQuery, 'search' | 'limit' | 'cursor'>,
  narrowing: readonly Selection[] = [],
): Promise<{ items: PersonRow[]; total: number; next_cursor: string | null }> {
  const words = (query.search ?? '').split(/\s+/).filter((word) => word !== '');
  const selections = [...narrowing];
  if (words.length > 0) selections.push({ sql: peopleMatching.text, params: { words } });
  const [time, id] = query.cursor ? decodeCursor(query.cursor, 2) : ['0', ''];
  const params = Object.assign({ workspace }, ...selections.map((selection) => selection.params));
  const [page, [count]] = await Promise.all([
    clickhouse.rows<{ id: string; last_seen: number }>(narrowed(peoplePage, selections), {
      ...params,
      after_time: cursorTime(time),
      after_id: id,
      limit: query.limit + 1,
    }),
    clickhouse.rows<{ total: number }>(narrowed(peopleTotal, selections), params),
  ]);
  const shown = page.slice(0, query.limit);
  const last = page.length > query.limit ? shown.at(-1) : undefined;
  return {
    items: await peopleRows(clickhouse, workspace, shown),
    total: count?.total ?? 0,
    next_cursor: last ? encodeCursor([String(last.last_seen), last.id]) : null,
  };
}

/** Appends `AND profile IN (…)` for each selection; its text holds only placeholders for values. */
const narrowed = (base: Statement, selections: readonly Selection[]): Statement =>
  adhoc(
    base.name,
    base.text.replace('/* narrowed */', () =>
      selections.map(({ sql }) => `AND profile IN (${sql})`).join('\n  '),
    ),
  );

async function peopleRows(
  clickhouse: ClickHouse,
  workspace: string,
  page: readonly { id: string; last_seen: number }[],
): Promise<PersonRow[]> {
  const found = await attributesOf(
    clickhouse,
    workspace,
    page.map(({ id }) => id),
    columns,
  );
  return page.map(({ id, last_seen }) => {
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
