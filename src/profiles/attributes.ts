import { type ClickHouse, statement } from '../engine/index.ts';

const attributesStatement = statement(import.meta.url, './sql/attributes_of.sql');
const amongStatement = statement(import.meta.url, './sql/attributes_among.sql');

export interface AttributeRow {
  id: string;
  name: string;
  /** JSON text. */
  value: string;
  /** Milliseconds since 1970. */
  time: number;
}

/** Attributes of some people in one statement, ordered by person and name; `names` empty means all. */
export const attributeRows = (
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
  names: readonly string[] = [],
): Promise<AttributeRow[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : clickhouse.rows<AttributeRow>(attributesStatement, { workspace, ids, names });

/** Attributes of some people as values; a person without any is not in the map. */
export async function attributesOf(
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
  names: readonly string[] = [],
): Promise<Map<string, Record<string, unknown>>> {
  const people = new Map<string, Record<string, unknown>>();
  for (const { id, name, value } of await attributeRows(clickhouse, workspace, ids, names)) {
    // No prototype: an attribute may be called __proto__.
    const values = people.get(id) ?? (Object.create(null) as Record<string, unknown>);
    people.set(id, values);
    values[name] = parsed(value);
  }
  return people;
}

/** Which of these attributes anybody has, or had. */
export async function attributesAmong(
  clickhouse: ClickHouse,
  workspace: string,
  names: readonly string[],
): Promise<string[]> {
  const rows = await clickhouse.rows<{ name: string }>(amongStatement, { workspace, names });
  return rows.map(({ name }) => name);
}

/** The value of JSON text; the text itself should it not parse. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
