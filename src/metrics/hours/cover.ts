import { type ClickHouse, statement } from '../../engine/index.ts';

/** Sessions of hours that began so recently are built every few seconds; those of others when the hour is counted. */
export const openSessionsMs = 3 * 3_600_000;

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
  /** Sessions of recent hours hold everything that arrived up to then. */
  sessionsTo: Date;
  /** Hours longer ago, touched since they were counted: sessions do not hold yet what came to them late. */
  hoursLeft: number;
  /** Whether the workspace has links between people: with none, nobody need be joined with who they are now. */
  linked: boolean;
}

const marks = statement(import.meta.url, './sql/cover_marks.sql');
const builds = statement(import.meta.url, './sql/cover_builds.sql');
const around = statement(import.meta.url, './sql/cover_around.sql');

interface Marks {
  hours: number[];
  touched: number[];
  event_hours: number[][];
}

interface Builds {
  hours: number[];
  counted: number[];
  arrived: number[];
  others: number[][];
  newest_version: number;
}

const hourMs = 3_600_000;

/**
 * See {@link Cover}. Three statements at once: what an answer waits for is the planning of the longest, 8 ms, where one
 * statement of all took 18. The hours' marks may be older than their builds or newer: an hour that is thought open is
 * read from `events`, one that is thought closed was counted with everything up to its mark.
 */
export async function coverOf(
  clickhouse: ClickHouse,
  workspace: string,
  { from, to, now }: { from: Date; to: Date; now: Date },
): Promise<Cover> {
  const period = {
    workspace,
    from: new Date(Math.floor(from.getTime() / hourMs) * hourMs),
    to: new Date(Math.ceil(to.getTime() / hourMs) * hourMs),
  };
  const [marked, built, { sessions_to, linked }] = await Promise.all([
    clickhouse.row<Marks>(marks, period),
    clickhouse.row<Builds>(builds, period),
    clickhouse.row<{ sessions_to: number; linked: number | boolean }>(around, { workspace }),
  ]);
  const arrived = new Map(built.hours.map((hour, n) => [hour, built.arrived[n]!]));
  const open = marked.hours
    .map((hour, n) => ({ hour, touched: marked.touched[n]!, lies: marked.event_hours[n]! }))
    .filter(({ hour, touched }) => touched > (arrived.get(hour) ?? 0))
    .sort((a, b) => a.hour - b.hour);
  const isOpen = new Set(open.map(({ hour }) => hour));
  const stale = built.hours.flatMap((hour, n) =>
    isOpen.has(hour) ? [] : built.others[n]!.map((version) => ({ hour, version })),
  );
  const openHours = [...isOpen];
  const eventHours = [...new Set(open.flatMap(({ hour, lies }) => (lies.length === 0 ? [hour] : lies)))].sort(
    (a, b) => a - b,
  );
  // Nothing came to recent hours since sessions were built: they are as new as the question.
  const recent = (Math.floor(now.getTime() / hourMs) * hourMs - openSessionsMs) / 1_000;
  const current = open.every(({ hour, touched }) => hour < recent || touched <= sessions_to);
  return {
    openHours,
    eventHours,
    stale,
    newestVersion: built.newest_version,
    params: {
      open_hours: openHours,
      event_hours: eventHours,
      stale: `[${stale.map(({ hour, version }) => `(${hour},${version})`).join(',')}]`,
      newest_version: built.newest_version,
    },
    sessionsTo: current ? now : new Date(Math.min(sessions_to, now.getTime())),
    hoursLeft: openHours.filter((hour) => hour < recent).length,
    linked: Boolean(linked),
  };
}
