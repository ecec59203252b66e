import { adhoc, type ClickHouse } from '../../engine/index.ts';

/** Whose messages go, in memory alone, so that a statement is as short for a million workspaces as for one. */
const whose = 'retaining';
const expired = `received_at < fromUnixTimestamp64Milli({before:Int64}, 'UTC') AND workspace IN (SELECT workspace FROM ${whose})`;
/** Deleted rows are only masked; where they are this much of the partitions they are in, these are written anew without them. */
const worthRewriting = 0.2;

const run = (clickhouse: ClickHouse, name: string, text: string, params: Record<string, unknown> = {}) =>
  clickhouse.run(adhoc(name, text), params, {
    settings: {
      lightweight_deletes_sync: '2',
      mutations_sync: '2',
      max_table_size_to_drop: '0',
      max_partition_size_to_drop: '0',
    },
  });

/** Names the workspaces for as long as `work` runs. */
export async function withWorkspaces<T>(
  clickhouse: ClickHouse,
  workspaces: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const drop = () => run(clickhouse, 'retaining_drop', `DROP TABLE IF EXISTS ${whose}`);
  await drop();
  try {
    await run(clickhouse, 'retaining', `CREATE TABLE ${whose} (workspace UUID) ENGINE = Memory`);
    for (let at = 0; at < workspaces.length; at += 10_000) {
      await run(
        clickhouse,
        'retaining_fill',
        `INSERT INTO ${whose} SELECT arrayJoin({workspaces:Array(UUID)})`,
        {
          workspaces: workspaces.slice(at, at + 10_000),
        },
      );
    }
    return await work();
  } finally {
    await drop();
  }
}

/** Hours that have events of what goes, seconds since 1970. Within `withWorkspaces`. */
export const hoursBefore = (clickhouse: ClickHouse, before: Date) =>
  clickhouse.rows<{ workspace: string; hours: number[] }>(
    adhoc(
      'retention_hours',
      `SELECT workspace, groupUniqArray(toUnixTimestamp(toStartOfHour(toDateTime(time, 'UTC')))) AS hours
       FROM events WHERE ${expired} GROUP BY workspace`,
    ),
    { before: before.getTime() },
  );

/**
 * Deletes what was received before: whole partitions where nothing else is in them, which costs nothing however large
 * they are; of the others the rows. Within `withWorkspaces`, and while nothing new gets into the table's old partitions.
 *
 * @returns rows deleted; 0 when nothing was left
 */
export async function deleteBefore(clickhouse: ClickHouse, table: string, before: Date): Promise<number> {
  const params = { before: before.getTime() };
  const found = await clickhouse.rows<{ partition: string; gone: number; rows: number }>(
    adhoc(
      `retention_find ${table}`,
      `SELECT _partition_id AS partition, countIf(${expired}) AS gone, count() AS rows FROM ${table}
       WHERE _partition_id IN (SELECT DISTINCT _partition_id FROM ${table} WHERE ${expired})
       GROUP BY partition ORDER BY partition`,
    ),
    params,
  );
  for (const { partition } of found.filter(({ gone, rows }) => gone === rows)) {
    if (!/^[0-9A-Za-z_-]+$/.test(partition)) throw new Error(`Unexpected partition ${partition}`);
    await run(clickhouse, `retention_drop ${table}`, `ALTER TABLE ${table} DROP PARTITION ID '${partition}'`);
  }
  const mixed = found.filter(({ gone, rows }) => gone < rows);
  if (mixed.length > 0) {
    // One statement for all: each touches every part of the table, if only to see that there is nothing to do.
    await run(clickhouse, `retention ${table}`, `DELETE FROM ${table} WHERE ${expired}`, params);
    const sum = (what: 'gone' | 'rows') => mixed.reduce((all, one) => all + one[what], 0);
    if (sum('gone') > sum('rows') * worthRewriting) {
      await run(clickhouse, `retention_bytes ${table}`, `ALTER TABLE ${table} APPLY DELETED MASK`);
    }
  }
  return found.reduce((sum, { gone }) => sum + gone, 0);
}
