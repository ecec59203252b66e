import type { Delivery } from '../delivery/index.ts';
import { closing, hoursByZone } from './doing/email.ts';
import type { Db } from './running.ts';

/**
 * Emails that were still queued when their campaign's hours ended wait for the next ones. Of campaigns in any state: emails of a
 * stopped one may be resent.
 * @returns how many
 */
export async function reopenHours(
  { db, delivery }: { db: Db; delivery: Pick<Delivery, 'closedHours' | 'moveHours'> },
  now: Date,
): Promise<number> {
  let moved = 0;
  for (const { campaign, zone } of await delivery.closedHours(now)) {
    const row = await db
      .selectFrom('campaigns as c')
      .innerJoin('campaign_versions as v', (join) =>
        join.onRef('v.campaign', '=', 'c.id').onRef('v.version', '=', 'c.version'),
      )
      .select('v.definition')
      .where('c.id', '=', campaign)
      .executeTakeFirst();
    // A campaign that is gone has no hours.
    const open = row && hoursByZone(row.definition, now)(zone);
    const hours = open ? { from: open.from, closesAt: closing(open) } : null;
    moved += await db.transaction().execute((trx) => delivery.moveHours(trx, { campaign, zone }, hours, now));
  }
  return moved;
}
