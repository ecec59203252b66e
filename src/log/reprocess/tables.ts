import { adhoc, type ClickHouse } from '../../engine/index.ts';
import { processingInto, type View } from '../processing.ts';
import type { Job } from './store.ts';

/** What is derived anew beside the views. `hour_marks` is not: what changed is marked by itself. */
export type Rebuilt = Exclude<View, 'hour_marks'>;

export const sideOf = (view: Rebuilt) => `reprocess_${view}`;
/** Rows of the view that stay as they are, on their way into the side table. */
export const keptOf = (view: Rebuilt) => `reprocess_kept_${view}`;
/** Hours that had events of the range before. */
export const hoursTable = 'reprocess_hours';

export const viewsOf = (job: Pick<Job, 'profiles'>): Rebuilt[] =>
  job.profiles ? [...ofEvents, ...ofPeople] : ofEvents;

/** Made of a range's messages, in a partition for each month. The others are one partition, of the whole log. */
const ofEvents: Rebuilt[] = ['events', 'person_events'];
const ofPeople: Rebuilt[] = [
  'profile_attributes',
  'people',
  'people_texts',
  'profile_places',
  'identities',
  'identity_owners',
];
export const isOfEvents = (view: Rebuilt): boolean => ofEvents.includes(view);

/** DDL; what it does is done when it returns, however large the table. */
export const command = (clickhouse: ClickHouse, text: string) =>
  clickhouse.run(adhoc(text.split(' ').slice(0, 3).join(' '), text), {}, { settings: rewriting });

const rewriting = {
  mutations_sync: '2',
  lightweight_deletes_sync: '2',
  max_table_size_to_drop: '0',
  max_partition_size_to_drop: '0',
} as const;

/** Side tables that are there, views first: of a reprocessing under way, or left behind by one. */
export async function sideTables(clickhouse: ClickHouse): Promise<string[]> {
  const rows = await clickhouse.rows<{ name: string }>(
    adhoc(
      'reprocess_tables',
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'reprocess_')
       ORDER BY engine = 'MaterializedView' DESC, name`,
    ),
  );
  return rows.map(({ name }) => name);
}

export async function dropSideTables(clickhouse: ClickHouse): Promise<void> {
  for (const name of await sideTables(clickhouse)) await command(clickhouse, `DROP TABLE IF EXISTS ${name}`);
}

/** Messages put into `source` (they are not kept there) are derived into the side tables of these views. */
export interface Chain {
  step: 'events' | 'profiles';
  source: string;
  views: readonly Rebuilt[];
}

/** A message's text is parsed once for all views that read the same messages. */
export const chainsOf = (job: Pick<Job, 'profiles' | 'from_at' | 'until_at' | 'created_at'>): Chain[] => {
  const people = viewsOf(job).filter((view) => !isOfEvents(view));
  if (people.length === 0 || isWhole(job))
    return [{ step: 'events', source: 'reprocess_events_in', views: viewsOf(job) }];
  return [
    { step: 'events', source: 'reprocess_events_in', views: ofEvents },
    { step: 'profiles', source: 'reprocess_people_in', views: people },
  ];
};

/** Everything received before it was asked for. */
export const isWhole = ({
  from_at,
  until_at,
  created_at,
}: Pick<Job, 'from_at' | 'until_at' | 'created_at'>) => from_at.getTime() <= 0 && until_at >= created_at;

export async function createSideTables(clickhouse: ClickHouse, job: Job): Promise<void> {
  for (const view of viewsOf(job)) await command(clickhouse, `CREATE TABLE ${sideOf(view)} AS ${view}`);
  for (const { source, views } of chainsOf(job)) {
    const into = Object.fromEntries(views.map((view) => [view, sideOf(view)]));
    for (const text of processingInto(source, into)) await command(clickhouse, text);
  }
  await command(
    clickhouse,
    `CREATE TABLE ${hoursTable} (workspace UUID, hour DateTime('UTC'), event_hours Array(DateTime('UTC')))
     ENGINE = MergeTree ORDER BY (workspace, hour) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  );
}

/** A condition and its parameters, to stand in a statement. */
export interface Condition {
  sql: string;
  params: Record<string, unknown>;
}

/** Messages, or events, of the range that is reprocessed. */
export function inRange({
  workspace,
  from_at,
  until_at,
}: Pick<Job, 'workspace' | 'from_at' | 'until_at'>): Condition {
  // Not as times: a mutation reads those by rules of its own, and refuses 1970.
  const range =
    "received_at >= fromUnixTimestamp64Milli({range_from:Int64}, 'UTC') AND received_at < fromUnixTimestamp64Milli({range_until:Int64}, 'UTC')";
  const params = { range_from: from_at.getTime(), range_until: until_at.getTime() };
  const of = ofWorkspace(workspace);
  return { sql: `${range} AND ${of.sql}`, params: { ...params, ...of.params } };
}

export const ofWorkspace = (workspace: string | null): Condition =>
  workspace === null
    ? { sql: 'true', params: {} }
    : { sql: 'workspace = {of_workspace:UUID}', params: { of_workspace: workspace } };

/**
 * Rows of a view that what was derived replaces. Attributes and the like carry no time of receipt: all of a workspace.
 * Where the log is not whole any more (`trimmed`), what is known of people stays, and what was derived is added.
 */
export function replacedIn(view: Rebuilt, job: Job, trimmed: readonly string[]): Condition {
  if (isOfEvents(view)) return inRange(job);
  const { sql, params } = ofWorkspace(job.workspace);
  if (trimmed.length === 0) return { sql, params };
  return { sql: `${sql} AND workspace NOT IN {trimmed:Array(UUID)}`, params: { ...params, trimmed } };
}
