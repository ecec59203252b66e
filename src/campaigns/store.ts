import { type Kysely, sql, type Transaction } from 'kysely';
import { notFound } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { listenersOf } from './listeners.ts';
import type { Campaign, CampaignStatus, CampaignVersion, Definition, PlannedStep } from './schema.ts';
import type { CampaignTables } from './tables.ts';

type Db = Kysely<CampaignTables>;

export interface CampaignRow {
  id: string;
  name: string;
  status: CampaignStatus;
  version: number;
  definition: Definition;
  plan: PlannedStep[] | null;
  created_at: Date;
  started_at: Date | null;
  stopped_at: Date | null;
  fires_at: Date | null;
}

const rows = (db: Db) =>
  db
    .selectFrom('campaigns as c')
    .innerJoin('campaign_versions as v', (join) =>
      join.onRef('v.campaign', '=', 'c.id').onRef('v.version', '=', 'c.version'),
    )
    .select([
      'c.id',
      'c.name',
      'c.status',
      'c.version',
      'v.definition',
      'v.plan',
      'c.created_at',
      'c.started_at',
      'c.stopped_at',
      'c.fires_at',
    ]);

/** A campaign with its newest definition. `hold` keeps it from changing until the transaction ends. Throws Problem 404. */
export async function readCampaign(
  db: Db,
  workspace: string,
  id: string,
  hold = false,
): Promise<CampaignRow> {
  let query = rows(db).where('c.workspace', '=', workspace).where('c.id', '=', id);
  if (hold) query = query.forUpdate('c');
  const row = await query.executeTakeFirst();
  if (!row) throw notFound('campaign', id);
  return row;
}

export const readCampaigns = (db: Db, workspace: string): Promise<CampaignRow[]> =>
  rows(db).where('c.workspace', '=', workspace).orderBy('c.id', 'desc').execute();

type Counts = Campaign['counts'];
const nobody = (): Counts => ({ entered: 0, active: 0, completed: 0, exited: 0 });

/** People of several campaigns, counted in one statement. */
export async function countPeople(db: Db, campaigns: string[]): Promise<Map<string, Counts>> {
  const { rows } = await sql<{ campaign: string; status: keyof Counts; count: number }>`
    SELECT campaign, status, count(*) AS count FROM enrolments
    WHERE campaign = ANY(${campaigns}::uuid[]) GROUP BY campaign, status`.execute(db);
  const counts = new Map(campaigns.map((id) => [id, nobody()]));
  for (const { campaign, status, count } of rows) {
    const of = counts.get(campaign)!;
    of[status] = count;
    of.entered += count;
  }
  return counts;
}

export const viewOf = (row: CampaignRow, counts: Counts = nobody()): Campaign => ({
  id: row.id,
  name: row.name,
  status: row.status,
  definition: row.definition,
  version: row.version,
  created_at: row.created_at.toISOString(),
  started_at: row.started_at?.toISOString() ?? null,
  next_firing_at: row.fires_at?.toISOString() ?? null,
  counts,
});

/** All versions of a campaign, the newest first. */
export async function readVersions(db: Db, workspace: string, id: string): Promise<CampaignVersion[]> {
  const rows = await db
    .selectFrom('campaign_versions')
    .select(['version', 'definition', 'created_at'])
    .where('workspace', '=', workspace)
    .where('campaign', '=', id)
    .orderBy('version', 'desc')
    .execute();
  return rows.map(({ created_at, ...row }) => ({ ...row, created_at: created_at.toISOString() }));
}

/**
 * The entry segments a campaign follows; those that are new to it are read from the beginning, or from now on where they are only
 * followed for who leaves.
 */
export async function setEntries(
  trx: Transaction<CampaignTables>,
  { segments }: { segments: Pick<Segments, 'finishedVersion'> },
  { workspace, id, definition }: { workspace: string; id: string; definition: Definition },
): Promise<void> {
  const { entry, exit } = definition;
  const letsIn = entry.trigger.type === 'segments';
  const followed = letsIn || exit.on_segment_left ? entry.segments : [];
  await sql`
    DELETE FROM campaign_entries WHERE campaign = ${id} AND segment <> ALL(${followed}::uuid[])`.execute(trx);
  for (const segment of followed) {
    const through = letsIn ? null : await segments.finishedVersion(workspace, segment);
    await sql`
      INSERT INTO campaign_entries (campaign, segment, workspace, through_version)
      VALUES (${id}, ${segment}, ${workspace}, ${through}) ON CONFLICT DO NOTHING`.execute(trx);
  }
}

/** The events a campaign listens for; those that are new to it from now on. */
export async function setListeners(
  trx: Transaction<CampaignTables>,
  running: { workspace: string; id: string; definition: Definition; plan: PlannedStep[] },
  now: Date,
): Promise<void> {
  const { workspace, id, definition } = running;
  const { type } = definition.entry.trigger;
  const names = [
    ...listenersOf(running),
    ...(type === 'import' ? ['imports'] : []),
    ...(type === 'sync' ? ['syncs'] : []),
  ];
  await sql`
    DELETE FROM campaign_listeners WHERE campaign = ${id} AND listener <> ALL(${names}::text[])`.execute(trx);
  await sql`
    INSERT INTO campaign_listeners (campaign, listener, workspace, since, through)
    SELECT ${id}, listener, ${workspace}, ${now}, ${now} FROM unnest(${names}::text[]) AS listener
    ON CONFLICT DO NOTHING`.execute(trx);
}
