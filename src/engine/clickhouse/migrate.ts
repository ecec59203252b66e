import { type MigrationFile, migrationsOf } from '../migrations.ts';
import { Problem } from '../problem.ts';
import type { ClickHouse } from './client.ts';
import { adhoc, registeredStatements } from './statement.ts';

const createTable = adhoc(
  'migrations_table',
  `CREATE TABLE IF NOT EXISTS migrations (room String, name String, step UInt16, checksum String, applied_at DateTime DEFAULT now())
   ENGINE = MergeTree ORDER BY (room, name, step) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
);
const applied = adhoc('migrations_applied', 'SELECT room, name, step, checksum FROM migrations');
const record = adhoc(
  'migration_record',
  `INSERT INTO migrations (room, name, step, checksum) SELECT {room:String}, {name:String}, {step:UInt16}, {checksum:String}`,
);

/**
 * Runs the pending migration files of all rooms. ClickHouse has no transactions around DDL, so each statement
 * of a file is recorded by itself: a kill in the middle goes on with the statement after the last recorded one.
 * One that ran but was not recorded is repeated, and is then allowed to find its object there.
 */
export async function migrateClickHouse(
  clickhouse: ClickHouse,
  rooms: readonly { name: string; folder: URL }[],
): Promise<void> {
  await clickhouse.run(createTable);
  const done = await clickhouse.rows<{ room: string; name: string; step: number; checksum: string }>(applied);
  const files = migrationsOf(rooms, 'clickhouse');
  refuseUnknown(done, files);
  for (const file of files) {
    const steps = statementsOf(file.sql);
    for (const [step, text] of steps.entries()) {
      if (done.some((d) => d.room === file.room && d.name === file.name && d.step === step)) continue;
      await clickhouse.run(adhoc(`migration ${file.room}/${file.name} step ${step + 1}`, ifMissing(text)));
      await clickhouse.run(record, { room: file.room, name: file.name, step, checksum: file.checksum });
    }
  }
}

function refuseUnknown(done: { room: string; name: string }[], files: readonly MigrationFile[]): void {
  const unknown = done.find((d) => !files.some((f) => f.room === d.room && f.name === d.name));
  if (!unknown) return;
  throw new Problem(
    409,
    'newer_version',
    `The data was written by a newer version of Rapport (it has ${unknown.room}/${unknown.name}).`,
    { hint: 'Upgrade Rapport, or choose another data directory with --data.' },
  );
}

/** A repeated CREATE must not fail on what its killed run already made. */
const ifMissing = (text: string) =>
  text.replace(
    /^((?:--.*\n|\s)*CREATE (?:MATERIALIZED VIEW|TABLE|VIEW)) (?!IF NOT EXISTS)/,
    '$1 IF NOT EXISTS ',
  );

/** Statements are separated by a semicolon at the end of a line. */
const statementsOf = (sql: string) =>
  sql
    .split(/;\s*(?:\n|$)/)
    .map((text) => text.trim())
    .filter((text) => text.replace(/^\s*--.*$/gm, '').trim() !== '');

/** A value of each type a placeholder may have, to explain a statement with. */
const samples: [RegExp, unknown][] = [
  [/^Array/, []],
  [/^UUID/, '00000000-0000-0000-0000-000000000000'],
  [/^DateTime64/, '2020-01-01 00:00:00.000'],
  [/^DateTime/, '2020-01-01 00:00:00'],
  [/^Date/, '2020-01-01'],
  [/^Nullable/, null],
  [/^Map/, {}],
  [/^(U?Int|Float|Decimal)/, 1],
  [/^Bool/, true],
];

/** Explains every registered statement against the migrated tables, so that a broken one stops the start. */
export async function checkStatements(clickhouse: ClickHouse): Promise<void> {
  for (const statement of registeredStatements()) {
    const params: Record<string, unknown> = {};
    for (const [, name, type] of statement.text.matchAll(/\{(\w+):\s*((?:[^{}])+)\}/g)) {
      const sample = samples.find(([pattern]) => pattern.test(type as string));
      params[name as string] = sample ? sample[1] : name === 'timezone' ? 'UTC' : '';
    }
    // Only a SELECT can be explained against the tables; of an INSERT, its SELECT is.
    const select = /^(?:--.*\n|\s)*INSERT INTO [^(]*(?:\([^)]*\))?\s*((?:WITH|SELECT)[\s\S]*)$/i.exec(
      statement.text,
    );
    const text = select ? (select[1] as string) : statement.text;
    const explain = /^(?:--.*\n|\s)*(?:WITH|SELECT)/i.test(text) ? 'EXPLAIN PLAN' : 'EXPLAIN AST';
    await clickhouse.rows(adhoc(`check of ${statement.name}`, `${explain} ${text}`), params);
  }
}
