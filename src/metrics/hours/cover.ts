import { type ClickHouse, statement } from '../../engine/index.ts';

/**
 * What is counted ahead of a workspace's hours, and what an answer must read from `events` instead.
 *
 * Rows of `events_by_person`, `metric_hours` and `person_hours` hold for every hour of the asked time but the open
 * ones, when they are read so:
 * ```sql
 * WHERE workspace = {workspace:UUID} AND hour >= … AND hour < …
 *     AND hour NOT IN {open_hours:Array(DateTime('UTC'))}
 *     AND version <= {newest_version:UInt64}
 *     AND (hour, version) NOT IN {stale:Array(Tuple(DateTime('UTC'), UInt64))}
 * ```
 * and the open ones (two or three of them, unless history is being imported) so:
 * ```sql
 * FROM events FINAL
 * PREWHERE workspace = {workspace:UUID} AND hour IN {event_hours:Array(DateTime('UTC'))}
 * WHERE toStartOfHour(time) IN {open_hours:Array(DateTime('UTC'))} AND NOT bot
 * ```
 * (`hour` of `events` is that of the sender's clock, `time` is corrected; filters of the key alone may stand in
 * PREWHERE, where they are applied before duplicates are removed). With no open hours the second need not be asked.
 */
export interface Cover {
  /** Hours to read from `events`, by their beginnings, seconds since 1970, ascending. */
  openHours: number[];
  /** The values of `events.hour` that events of the open hours have; seconds since 1970. */
  eventHours: number[];
  /** Rows of closed hours that do not count, by hour (seconds since 1970) and version; nearly always none. */
  stale: { hour: number; version: number }[];
  /** Rows with a higher version were begun after this was asked, and do not count. */
  newestVersion: number;
  /** The whole of it as parameters for the statements above. */
  params: { open_hours: number[]; event_hours: number[]; stale: string; newest_version: number };
  /** Sessions hold everything that arrived up to then, but for late events of hours that are being counted again. */
  sessionsTo: Date;
}

const covered = statement(import.meta.url, './sql/cover.sql');

interface Row {
  open_hours: number[];
  event_hours: number[];
  /** hour, version, hour, version … */
  stale: number[];
  newest_version: number;
  touched: number;
  sessions_to: number;
}

const hourMs = 3_600_000;

/** See {@link Cover}. */
export async function coverOf(
  clickhouse: ClickHouse,
  workspace: string,
  { from, to, now }: { from: Date; to: Date; now: Date },
): Promise<Cover> {
  const row = await clickhouse.row<Row>(covered, {
    workspace,
    from: new Date(Math.floor(from.getTime() / hourMs) * hourMs),
    to: new Date(Math.ceil(to.getTime() / hourMs) * hourMs),
  });
  const stale: Cover['stale'] = [];
  for (let i = 0; i < row.stale.length; i += 2) {
    stale.push({ hour: row.stale[i] as number, version: row.stale[i + 1] as number });
  }
  // Nothing came since sessions were built: they are as new as the question.
  const current = row.touched <= row.sessions_to;
  return {
    openHours: row.open_hours,
    eventHours: row.event_hours,
    stale,
    newestVersion: row.newest_version,
    params: {
      open_hours: row.open_hours,
      event_hours: row.event_hours,
      stale: `[${stale.map(({ hour, version }) => `(${hour},${version})`).join(',')}]`,
      newest_version: row.newest_version,
    },
    sessionsTo: current ? now : new Date(Math.min(row.sessions_to, now.getTime())),
  };
}
