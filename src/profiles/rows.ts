import { adhoc, type ClickHouse, statement } from '../engine/index.ts';
import { linksNamed } from '../log/index.ts';
import { parsed } from './attributes.ts';
import type { PersonRow } from './schema.ts';

const rowsStatement = statement(import.meta.url, './sql/people_rows.sql');
const attributesStatement = statement(import.meta.url, './sql/attributes_of_people.sql');

const columns = ['first_name', 'last_name', 'email', 'phone', 'store_location', 'lifetime_value'];

/** A person by the numbers of their ids. */
export interface Numbered {
  person: string;
  /** Of ids that lead to it. */
  others: readonly string[];
}

/** Whether it is the number of an id. */
export const isNumbered = (text: string | undefined): boolean =>
  text !== undefined && /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;

/** What a list shows of people. Everything is read by their numbers, and so of theirs alone. */
export async function rowsOf(
  clickhouse: ClickHouse,
  workspace: string,
  page: readonly Numbered[],
): Promise<PersonRow[]> {
  if (page.length === 0) return [];
  const all = page.flatMap(({ person, others }) => [person, ...others].map((id) => [id, person] as const));
  const params = {
    workspace,
    people: all.map(([id]) => BigInt(id)),
    owners: all.map(([, owner]) => BigInt(owner)),
  };
  const [rows, attributes] = await Promise.all([
    clickhouse.rows<{ owner: string; id: string; last_seen: number }>(rowsStatement, params),
    clickhouse.rows<{ owner: string; name: string; value: string }>(attributesStatement, {
      ...params,
      names: columns,
    }),
  ]);
  const known = new Map(rows.map((row) => [row.owner, row]));
  const values = new Map(attributes.map(({ owner, name, value }) => [`${owner} ${name}`, parsed(value)]));
  return page.map(({ person }) => {
    const { id = '', last_seen = 0 } = known.get(person) ?? {};
    const text = (name: string) => textOf(values.get(`${person} ${name}`));
    return {
      id,
      first_name: text('first_name'),
      last_name: text('last_name'),
      email: text('email'),
      phone: text('phone'),
      store_location: text('store_location'),
      lifetime_value: numberOf(values.get(`${person} lifetime_value`)),
      last_seen: new Date(last_seen).toISOString(),
    };
  });
}

/** The same people with all their ids. */
export async function withOthers(
  clickhouse: ClickHouse,
  workspace: string,
  people: readonly string[],
): Promise<Numbered[]> {
  const rows = await clickhouse.rows<{ owner: string; others: string[] }>(
    othersStatement,
    { workspace, people: people.map(BigInt) },
    { settings: { enable_materialized_cte: 1 } },
  );
  const known = new Map(rows.map(({ owner, others }) => [owner, others]));
  return people.map((person) => ({ person, others: known.get(person) ?? [] }));
}

const othersStatement = adhoc(
  'people_others',
  `WITH ${linksNamed()}
SELECT toString(to_person) AS owner, groupArray(toString(from_person)) AS others
FROM links
WHERE to_person IN {people:Array(UInt64)}
GROUP BY to_person`,
);

const textOf = (value: unknown): string | null =>
  value === undefined || value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
