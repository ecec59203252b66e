import { readFileSync } from 'node:fs';
import { adhoc, type ClickHouse, statement } from '../engine/index.ts';

/**
 * The processing: how a message becomes rows of the views. Each file of `processing/` is the SELECT of one
 * materialized view over `incoming`, or over a step before it, and the same text derives a past range again. A fix is:
 * change the SQL, raise the version; the next start makes the views run it.
 */
export const processingVersion = 1;

/** Steps on the way, whose tables (engine Null) keep nothing: what several views need is worked out once. */
const steps = ['parsed', 'described', 'attributed'] as const;
const views = [
  'events',
  'person_events',
  'hour_marks',
  'profile_attributes',
  'people',
  'people_texts',
  'profile_places',
  'identities',
  'identity_owners',
] as const;
export type View = (typeof views)[number];
type Step = (typeof steps)[number];

const selects = Object.fromEntries(
  [...steps, ...views].map((name) => [
    name,
    readFileSync(new URL(`./processing/${name}.sql`, import.meta.url), 'utf8').trim(),
  ]),
) as Record<Step | View, string>;

/** The SELECT of a view or step over what `sourceOf` says for the one table it reads. */
const selectFrom = (name: Step | View, sourceOf: (table: Step | 'incoming') => string): string =>
  selects[name].replace(/^FROM (\w+)$/m, (_, table: Step | 'incoming') => `FROM ${sourceOf(table)}`);

/**
 * Statements that make a second processing beside the one at work: what is put into `source` (which has the columns of
 * `incoming`) goes through steps of its own into other tables.
 */
export function processingInto(source: string, tables: Partial<Record<View, string>>): string[] {
  const statements = [`CREATE TABLE ${source} AS incoming`];
  const made = new Set<string>(['incoming']);
  const tableOf = (table: Step | 'incoming') => (table === 'incoming' ? source : `${source}_${table}`);
  const makeView = (name: Step | View, to: string) => {
    const from = selects[name].match(/^FROM (\w+)$/m)?.[1] as Step | 'incoming';
    if (!made.has(from)) makeView(from as Step, tableOf(from));
    made.add(name);
    const select = selectFrom(name, tableOf);
    if ((steps as readonly string[]).includes(name))
      statements.push(`CREATE TABLE ${to} ENGINE = Null EMPTY AS ${select}`);
    statements.push(`CREATE MATERIALIZED VIEW ${source}_${name}_view TO ${to} AS ${select}`);
  };
  for (const [view, table] of Object.entries(tables)) makeView(view as View, table);
  return statements;
}

/** Steps have names of their own for each version: the new ones are complete before a view reads from them. */
const stepTable = (table: Step | 'incoming') =>
  table === 'incoming' ? table : `${table}_v${processingVersion}`;

const present = statement(import.meta.url, './sql/processing_version.sql');
const formerSteps = statement(import.meta.url, './sql/former_steps.sql');
const record = adhoc(
  'processing_record',
  'INSERT INTO processing_versions SELECT {version:UInt16}, {since:DateTime64(3)}',
);

/** Makes the materialized views run this program's processing. They run inside each insert into `incoming`. */
export async function installProcessing(clickhouse: ClickHouse, now: Date): Promise<void> {
  const { version } = await clickhouse.row<{ version: number }>(present);
  const run = (text: string) => clickhouse.run(adhoc(text.split(' ').slice(0, 6).join(' '), text));
  for (const step of steps) {
    const [table, select] = [stepTable(step), selectFrom(step, stepTable)];
    await run(`CREATE TABLE IF NOT EXISTS ${table} ENGINE = Null EMPTY AS ${select}`);
    await run(`CREATE MATERIALIZED VIEW IF NOT EXISTS messages_to_${table} TO ${table} AS ${select}`);
  }
  for (const view of views) {
    const select = selectFrom(view, stepTable);
    await run(`CREATE MATERIALIZED VIEW IF NOT EXISTS messages_to_${view} TO ${view} AS ${select}`);
    if (version !== 0 && version !== processingVersion) {
      await run(`ALTER TABLE messages_to_${view} MODIFY QUERY ${select}`);
    }
  }
  if (version !== processingVersion) {
    await clickhouse.run(record, { version: processingVersion, since: now });
    for (const { name } of await clickhouse.rows<{ name: string }>(formerSteps, {
      present: `_v${processingVersion}`,
    })) {
      await run(`DROP TABLE IF EXISTS ${name}`);
    }
  }
}
