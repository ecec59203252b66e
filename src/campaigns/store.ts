import { type Kysely, sql, type Transaction } from 'kysely';
import { noEmails } from '../delivery/index.ts';
import { notFound } from '../engine/index.ts';
import type { Campaign, CampaignStatus, Definition, PlannedStep, Report } from './schema.ts';
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
  counts,
});

/** The entry segments of a campaign; those that are new to it are read from the beginning. */
export async function setEntries(
  trx: Transaction<CampaignTables>,
  workspace: string,
  campaign: string,
  segments: string[],
): Promise<void> {
  await sql`
    DELETE FROM campaign_entries WHERE campaign = ${campaign} AND segment <> ALL(${segments}::uuid[])`.execute(
    trx,
  );
  await sql`
    INSERT INTO campaign_entries (campaign, segment, workspace)
    SELECT ${campaign}, segment, ${workspace} FROM unnest(${segments}::uuid[]) AS segment
    ON CONFLICT DO NOTHING`.execute(trx);
}

/** People by step, beside the emails the ledger counts. */
export async function readReport(
  db: Db,
  row: CampaignRow,
  emailsByStep: ReadonlyMap<string, Report['emails']>,
  now: Date,
): Promise<Report> {
  const { rows: groups } = await sql<{
    status: keyof Counts;
    position: number;
    count: number;
    waiting: number;
  }>`
    SELECT status, position, count(*) AS count, count(*) FILTER (WHERE status = 'active' AND due_at > ${now}) AS waiting
    FROM enrolments WHERE campaign = ${row.id} GROUP BY status, position`.execute(db);
  const sum = (of: (group: (typeof groups)[number]) => number) =>
    groups.reduce((all, group) => all + of(group), 0);
  const people = (status: keyof Counts) => sum((group) => (group.status === status ? group.count : 0));
  const emails = noEmails();
  // Of every step, also of those an edit took away.
  for (const counts of emailsByStep.values()) {
    for (const name of Object.keys(emails) as (keyof typeof emails)[]) emails[name] += counts[name];
  }
  return {
    as_of: now.toISOString(),
    entered: sum(({ count }) => count),
    active: people('active'),
    waiting: sum(({ waiting }) => waiting),
    completed: people('completed'),
    exited: people('exited'),
    steps: row.definition.steps.map(({ id, type }, i) => ({
      id,
      type,
      reached: sum(({ position, count }) => (position >= i ? count : 0)),
      ...(type === 'email' && { emails: emailsByStep.get(id) ?? noEmails() }),
    })),
    emails,
  };
}
