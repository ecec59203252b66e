import { sql } from 'kysely';
import type { AnyDb, AnyTransaction } from './ledger.ts';

/** Queued emails of a campaign, and of people in one time zone, whose hours are over. */
export interface Closed {
  campaign: string;
  workspace: string;
  zone: string;
}

/** All there are, of every workspace. */
export async function closedHours(db: AnyDb, now: Date): Promise<Closed[]> {
  const { rows } = await sql<Closed>`
    SELECT DISTINCT campaign, workspace, coalesce(zone, 'UTC') AS zone FROM emails
    WHERE status = 'queued' AND closes_at <= ${now}`.execute(db);
  return rows;
}

/**
 * Has such emails wait for the next hours, some thousands at a time.
 * @param hours null: there are none any more
 * @returns how many
 */
export async function moveHours(
  trx: AnyTransaction,
  { campaign, zone }: Pick<Closed, 'campaign' | 'zone'>,
  hours: { from: Date; closesAt: Date } | null,
  now: Date,
): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE emails AS e
    SET closes_at = ${hours?.closesAt ?? null}, next_attempt_at = GREATEST(e.next_attempt_at, ${hours?.from ?? now}::timestamptz)
    FROM (
      SELECT id FROM emails
      WHERE campaign = ${campaign} AND coalesce(zone, 'UTC') = ${zone} AND status = 'queued' AND closes_at <= ${now}
      LIMIT 5000 FOR UPDATE SKIP LOCKED
    ) AS closed
    WHERE e.id = closed.id`.execute(trx);
  return Number(numAffectedRows ?? 0);
}

/** Has the hours of a campaign's queued emails be asked for anew: they were changed. */
export async function askForHours(trx: AnyTransaction, campaign: string, now: Date): Promise<void> {
  await sql`
    UPDATE emails SET closes_at = ${now} WHERE campaign = ${campaign} AND status = 'queued'`.execute(trx);
}
