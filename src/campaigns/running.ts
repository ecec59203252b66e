import { type Kysely, sql, type Transaction } from 'kysely';
import type { Definition } from './definition.ts';
import type { PlannedStep } from './flow.ts';
import type { CampaignTables } from './tables.ts';

export type Db = Kysely<CampaignTables>;
export type Trx = Transaction<CampaignTables>;

/** A running campaign as its newest version says. */
export interface Running {
  id: string;
  workspace: string;
  name: string;
  version: number;
  definition: Definition;
  plan: PlannedStep[];
}

/** How many people move in one transaction. */
export const batchSize = 5_000;

/** Undefined when it is not running. */
export const readRunning = (db: Db, campaign: string) => read(db, campaign, sql``);

/**
 * As it is, held against pausing and editing for the rest of the transaction; undefined when it is not running.
 *
 * What moves people in it goes by indexes. A million people may have entered since the table was last looked at, and by what is
 * known from before the planner would read all of it for each few thousand of them (17 minutes for the first step).
 */
export async function holdRunning(trx: Trx, campaign: string): Promise<Running | undefined> {
  const running = await read(trx, campaign, sql`FOR SHARE OF c`);
  await sql`
    SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true)`.execute(trx);
  return running;
}

async function read(db: Db, campaign: string, hold = sql``): Promise<Running | undefined> {
  const { rows } = await sql<Running>`
    SELECT c.id, c.workspace, c.name, c.version, v.definition, v.plan
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.id = ${campaign} AND c.status = 'running'
    ${hold}`.execute(db);
  return rows[0];
}

/** All running ones, of every workspace. */
export async function allRunning(db: Db): Promise<Running[]> {
  const { rows } = await sql<Running>`
    SELECT c.id, c.workspace, c.name, c.version, v.definition, v.plan
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.status = 'running' ORDER BY c.id`.execute(db);
  return rows;
}

/** A campaign by its id with its steps by theirs. */
export const stepOf = ({ plan }: Pick<Running, 'plan'>, id: string | null): PlannedStep | undefined =>
  id === null ? undefined : plan.find((step) => step.id === id);
