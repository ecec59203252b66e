import { setTimeout as sleep } from 'node:timers/promises';
import { adhoc, type ClickHouse, statement } from '../../engine/index.ts';
import { processingVersion } from '../processing.ts';
import { marginMs } from '../tail.ts';
import { background, catchUp } from './derive.ts';
import type { Job } from './store.ts';
import {
  type Condition,
  command,
  hoursTable,
  inRange,
  isOfEvents,
  keptOf,
  type Rebuilt,
  replacedIn,
  sideOf,
  sideTables,
  viewsOf,
} from './tables.ts';

const mend = statement(import.meta.url, '../sql/rederive_tail.sql');
const installed = adhoc(
  'reprocess_installed',
  'SELECT toUnixTimestamp64Milli(max(since)) AS oldest FROM processing_versions WHERE version = {version:UInt16}',
);

/** Nearly always it is durable after this; who is later is mended when everything else is done. */
const usualMs = 5_000;
/** The pause begins when catching up takes no longer than this, or does not get shorter. */
const worthAPause = 1_000;
const mostRounds = 6;

/** A partition's id as the engine gives it; what else is refused. */
function partition(id: string): string {
  if (!/^[0-9A-Za-z_-]+$/.test(id)) throw new Error(`Unexpected id of a partition: ${JSON.stringify(id)}`);
  return `PARTITION ID '${id}'`;
}

/** Months of `events` that had events of the range, or have them now. */
export async function partitionsOf(clickhouse: ClickHouse, job: Job): Promise<string[]> {
  const range = inRange(job);
  const rows = await clickhouse.rows<{ id: string }>(
    adhoc(
      'reprocess_partitions',
      `SELECT DISTINCT id FROM
       (
           SELECT _partition_id AS id FROM events WHERE ${range.sql} GROUP BY id
           UNION ALL
           SELECT _partition_id AS id FROM ${sideOf('events')} GROUP BY id
       )
       ORDER BY id`,
    ),
    range.params,
  );
  return rows.map(({ id }) => id);
}

/** Keeps in mind which hours had events of the range, before those are gone. */
export async function rememberHours(clickhouse: ClickHouse, job: Job): Promise<void> {
  const range = inRange(job);
  await clickhouse.run(
    adhoc(
      'reprocess_hours',
      `INSERT INTO ${hoursTable} SELECT workspace, toStartOfHour(toDateTime(time, 'UTC')) AS at, groupUniqArray(hour)
       FROM events WHERE ${range.sql} GROUP BY workspace, at`,
    ),
    range.params,
    { settings: background },
  );
}

export class JoinFailed extends Error {}

/**
 * Puts what stays as it is beside what was derived: partitions are linked, not copied, and of the links the rows that
 * are replaced are deleted. So the cost does not depend on everybody else's rows.
 */
export async function joinKept(
  clickhouse: ClickHouse,
  job: Job,
  view: Rebuilt,
  trimmed: readonly string[],
): Promise<void> {
  const partitions = isOfEvents(view) ? (job.partitions ?? []) : ['all'];
  const replaced = replacedIn(view, job, trimmed);
  const kept = keptOf(view);
  await command(clickhouse, `DROP TABLE IF EXISTS ${kept}`);
  await command(clickhouse, `CREATE TABLE ${kept} AS ${view}`);
  // Without merges its rows can be counted: a merge would leave out duplicates.
  await command(clickhouse, `ALTER TABLE ${kept} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1`);
  for (const id of partitions) {
    if (!(await holdsOthers(clickhouse, view, id, replaced))) continue;
    await command(clickhouse, `ALTER TABLE ${kept} ATTACH ${partition(id)} FROM ${view}`);
    await deleteReplaced(clickhouse, kept, id, replaced);
    await command(clickhouse, `ALTER TABLE ${sideOf(view)} ATTACH ${partition(id)} FROM ${kept}`);
  }
  await command(clickhouse, `DROP TABLE IF EXISTS ${kept}`);
}

const holdsOthers = async (clickhouse: ClickHouse, view: Rebuilt, id: string, replaced: Condition) =>
  (
    await clickhouse.rows(
      adhoc(
        'reprocess_others',
        `SELECT 1 FROM ${view} WHERE _partition_id = {partition:String} AND NOT (${replaced.sql}) LIMIT 1`,
      ),
      { ...replaced.params, partition: id },
      { settings: background },
    )
  ).length > 0;

async function deleteReplaced(clickhouse: ClickHouse, kept: string, id: string, replaced: Condition) {
  const count = () =>
    clickhouse.row<{ all: number; replaced: number }>(
      adhoc(
        'reprocess_kept',
        `SELECT count() AS all, countIf(${replaced.sql}) AS replaced FROM ${kept} WHERE _partition_id = {partition:String}`,
      ),
      { ...replaced.params, partition: id },
      { settings: background },
    );
  const before = await count();
  await clickhouse.run(
    adhoc('reprocess_delete', `DELETE FROM ${kept} IN ${partition(id)} WHERE ${replaced.sql}`),
    replaced.params,
    { settings: { lightweight_deletes_sync: '2', mutations_sync: '2' } },
  );
  const after = await count();
  if (after.replaced !== 0 || after.all !== before.all - before.replaced) {
    throw new JoinFailed(
      `${kept}, partition ${id}: of ${before.all} rows ${before.replaced} are replaced, but ${after.all} stay.`,
    );
  }
}

export interface Swapping {
  clickhouse: ClickHouse;
  now: () => Date;
  pause: <T>(work: () => Promise<T>) => Promise<T>;
  signal?: AbortSignal | undefined;
  interrupt?: ((done: string) => void) | undefined;
  /** How long questions have that began before the hours were marked. */
  graceMs?: number | undefined;
}

/**
 * Catches up with what arrived until little is left, makes the processing stand still for the rest, and swaps. Readers see
 * a month as it was, or as it is now. Done again from the beginning, it gives the same.
 *
 * @returns from which time of receipt on messages may have become durable too late to be in it: they are mended after
 */
export async function swap(
  { clickhouse, now, pause, signal, interrupt, graceMs = 1_000 }: Swapping,
  job: Job,
): Promise<Date> {
  const begin = now();
  // Others' messages from before this processing have rows of the one before, which must not get a second beside them.
  const { oldest } = await clickhouse.row<{ oldest: number }>(installed, { version: processingVersion });
  const marginBefore = (time: Date) => new Date(Math.max(oldest, time.getTime() - marginMs));
  let since = marginBefore(job.joined_at ?? begin);
  for (let round = 1, last = Number.POSITIVE_INFINITY; round <= mostRounds; round++) {
    const at = now();
    const started = performance.now();
    await catchUp(clickhouse, job, { since, ...(round === 1 ? { late: marginMs } : {}), signal });
    since = new Date(at.getTime() - usualMs);
    const took = performance.now() - started;
    if (took < worthAPause || took > last * 0.8) break;
    last = took;
  }
  interrupt?.('caught up');
  await pause(async () => {
    await catchUp(clickhouse, job, { since });
    // What was counted ahead of these hours does not hold from here on: an answer reads all of them from `events`, which
    // change at once. Else one that moved to another hour would be counted in both, or in none, until both are built again.
    await markHours(clickhouse, job);
    interrupt?.('marked before');
    await sleep(graceMs);
    for (const view of viewsOf(job)) {
      for (const id of isOfEvents(view) ? (job.partitions ?? []) : ['all']) {
        await replace(clickhouse, view, id);
        interrupt?.(`${view} ${id} replaced`);
      }
    }
  });
  return marginBefore(begin);
}

async function replace(clickhouse: ClickHouse, view: Rebuilt, id: string): Promise<void> {
  const some = await clickhouse.rows(
    adhoc('reprocess_some', `SELECT 1 FROM ${sideOf(view)} WHERE _partition_id = {partition:String} LIMIT 1`),
    { partition: id },
  );
  // The engine refuses to replace by nothing; but all events of a month may have been of another one.
  const change = some.length > 0 ? `REPLACE ${partition(id)} FROM ${sideOf(view)}` : `DROP ${partition(id)}`;
  await command(clickhouse, `ALTER TABLE ${view} ${change}`);
}

/** Marks every hour that had events of the range, or has them now, so that it is counted again. */
export async function markHours(clickhouse: ClickHouse, job: Job): Promise<void> {
  const range = inRange(job);
  const columns = 'workspace, hour, touched, messages, event_hours';
  if ((await sideTables(clickhouse)).includes(hoursTable)) {
    await clickhouse.run(
      adhoc(
        'reprocess_mark',
        `INSERT INTO hour_marks (${columns})
         SELECT workspace, at, now64(3, 'UTC'), 0, groupUniqArrayArray(hours)
         FROM
         (
             SELECT workspace, hour AS at, event_hours AS hours FROM ${hoursTable}
             UNION ALL
             SELECT workspace, toStartOfHour(toDateTime(time, 'UTC')) AS at, groupUniqArray(hour) AS hours
             FROM ${sideOf('events')} WHERE ${range.sql} GROUP BY workspace, at
         )
         GROUP BY workspace, at`,
      ),
      range.params,
      { settings: background },
    );
  }
  if (job.caught_up_at) await clickhouse.run(mend, { since: job.caught_up_at }, { settings: background });
}

/** Who may find something else now than before. */
export async function workspacesOf(clickhouse: ClickHouse, job: Job): Promise<Set<string>> {
  if (job.workspace) return new Set([job.workspace]);
  const range = inRange(job);
  const rows = await clickhouse.rows<{ workspace: string }>(
    adhoc('reprocess_workspaces', `SELECT DISTINCT workspace FROM messages WHERE ${range.sql}`),
    range.params,
  );
  return new Set(rows.map(({ workspace }) => workspace));
}
