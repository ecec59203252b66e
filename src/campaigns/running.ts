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

/** As it is, held against pausing and editing for the rest of the transaction; undefined when it is not running. */
export const holdRunning = (trx: Trx, campaign: string) => read(trx, campaign, sql`FOR SHARE OF c`);

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
