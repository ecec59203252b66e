import { adhoc, type ClickHouse } from '../../engine/index.ts';
import { empty, statements } from './statements.ts';

/** One batch of (workspace, hour, version). */
const limit = 100_000;
/** Deleted rows are only masked; where they are this much of a month, its parts are written anew without them. */
const worthRewriting = 0.2;

const counted = ['events_by_person', 'metric_hours', 'person_hours'] as const;
const stale = '(workspace, hour, version) IN (SELECT workspace, hour, version FROM hour_stale)';

/**
 * Takes away the rows of versions that count no longer, then what `hour_builds` says of them. What is stale stays so: a
 * kill leaves a delete that may go on, and the next run repeats it. Answers whether there is more.
 *
 * @param thoroughly deleted and cancelled rows leave the disk at once, not with the merges to come (after an erasure)
 */
export async function clean(
  clickhouse: ClickHouse,
  signal: AbortSignal,
  thoroughly = false,
): Promise<boolean> {
  await clickhouse.run(empty.hourStale);
  await clickhouse.run(statements.staleFound, { limit }, { signal });
  const months = await clickhouse.rows<{ month: string; hours: number; events: number; rows: number }>(
    statements.staleMonths,
    {},
    { signal },
  );
  let hours = 0;
  for (const { month, events, rows, hours: found } of months) {
    hours += found;
    for (const table of counted) {
      await clickhouse.run(
        adhoc(`clean_${table}`, `DELETE FROM ${table} IN PARTITION ID '${month}' WHERE ${stale}`),
      );
      if (thoroughly || events > rows * worthRewriting) {
        await clickhouse.run(
          adhoc(`rewrite_${table}`, `ALTER TABLE ${table} APPLY DELETED MASK IN PARTITION ID '${month}'`),
          {},
          { settings: { mutations_sync: '2' } },
        );
      }
    }
    await clickhouse.run(
      adhoc('clean_hour_builds', `DELETE FROM hour_builds IN PARTITION ID '${month}' WHERE ${stale}`),
    );
  }
  await clickhouse.run(empty.hourStale);
  if (thoroughly) {
    for (const table of ['session_pieces', 'sessions']) {
      await clickhouse.run(adhoc(`rewrite_${table}`, `OPTIMIZE TABLE ${table} FINAL`));
    }
  }
  return hours >= limit;
}
