import { adhoc, type ClickHouse } from '../engine/index.ts';
import { isLinked } from '../log/index.ts';
import { Binder } from './binder.ts';
import { type Condition, conditionsOf, type Rule } from './rule.ts';
import { type Copies, sourcesOf } from './sources.ts';
import { ruleSettings, withNames } from './statements.ts';

/** Whether copies hold all that a rule asks for. */
export const areEnoughFor = (rule: Rule): boolean =>
  conditionsOf(rule).every((one) => 'attribute' in one || 'connection' in one || 'event' in one);

const usesProperties = (one: Condition) =>
  'event' in one && (one.total !== undefined || (one.where ?? []).length > 0);

interface Asked {
  attributes: ReadonlySet<string>;
  events: ReadonlySet<string>;
}

/**
 * Copies what segments ask about the people of a scope into tables of these names. Their rows are brought together under the ids
 * that count, once for all segments.
 */
export async function copyRows(
  clickhouse: ClickHouse,
  workspace: string,
  copies: Copies,
  { scope, asked, rules }: { scope: string; asked: Asked; rules: readonly Rule[] },
): Promise<void> {
  const linked = await isLinked(clickhouse, workspace);
  const run = (text: string, params = {}) =>
    clickhouse.run(adhoc('segment_copies', text), { ...params, workspace }, { settings: ruleSettings });
  const properties = rules.some((rule) => conditionsOf(rule).some(usesProperties))
    ? 'properties'
    : "'' AS properties";
  const attributeColumns = 'person, key, kind, text, number, instant, local';
  const eventColumns = `person, name, time, ${properties}`;

  const from = sourcesOf(linked, scope);
  const select = (columns: string, rows: string) => `${withNames(from.named)}SELECT ${columns} FROM ${rows}`;

  await run(
    `CREATE TABLE ${copies.attributes} ENGINE = MergeTree ORDER BY (key, person) EMPTY AS SELECT ${attributeColumns} FROM profile_attributes`,
  );
  await run(
    `CREATE TABLE ${copies.events} ENGINE = MergeTree ORDER BY (name, person) EMPTY AS SELECT person, name, time, properties FROM person_events`,
  );
  await run(
    `CREATE TABLE ${copies.people} (person UInt64, profile String) ENGINE = MergeTree ORDER BY person`,
  );
  await run(`CREATE TABLE ${copies.scope} (person UInt64) ENGINE = Set SETTINGS persistent = 0`);
  const bind = new Binder();
  const keys = `key IN ${bind.texts([...asked.attributes])}`;
  await run(
    `INSERT INTO ${copies.attributes} ${select(attributeColumns, from.attributes(keys))}`,
    bind.params,
  );
  const names = new Binder();
  const named = `name IN ${names.texts([...asked.events])}`;
  await run(`INSERT INTO ${copies.events} ${select(eventColumns, from.events({ named }))}`, names.params);
  await run(`INSERT INTO ${copies.people} ${withNames(from.named)}SELECT e.person, p.profile
FROM (${from.everybody()}) AS e
LEFT ANY JOIN (
  SELECT person, any(profile) AS profile FROM people WHERE workspace = {workspace:UUID} AND person IN (${scope}) GROUP BY person
) AS p ON e.person = p.person`);
  await run(`INSERT INTO ${copies.scope} ${scope}`);
}
