import { type Kysely, sql } from 'kysely';
import type { CampaignTables } from './tables.ts';

/** Rows a step is counted in: each process takes one, so that they do not wait for each other. */
const shards = 16;
const shard = process.pid % shards;

/** Notes that so many got to steps, within the transaction that takes them there. */
export async function countReached(
  trx: Kysely<CampaignTables>,
  campaign: string,
  reached: ReadonlyMap<string, number>,
): Promise<void> {
  const steps = [...reached].filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (steps.length === 0) return;
  await sql`
    INSERT INTO campaign_steps AS s (campaign, step, shard, reached)
    SELECT ${campaign}, step, ${shard}, reached
    FROM unnest(${steps.map(([step]) => step)}::text[], ${steps.map(([, count]) => count)}::bigint[]) AS r (step, reached)
    ON CONFLICT (campaign, step, shard) DO UPDATE SET reached = s.reached + excluded.reached`.execute(trx);
}

/** How many got to each step, ever. */
export async function reachedOf(db: Kysely<CampaignTables>, campaign: string): Promise<Map<string, number>> {
  const { rows } = await sql<{ step: string; reached: number }>`
    SELECT step, sum(reached)::bigint AS reached FROM campaign_steps WHERE campaign = ${campaign} GROUP BY step`.execute(
    db,
  );
  return new Map(rows.map(({ step, reached }) => [step, Number(reached)]));
}
