import { sql } from 'kysely';
import type { StoredAccount } from './accounts.ts';
import type { AnyDb } from './ledger.ts';
import { slowedTo, used, warmUpToday } from './throttle.ts';

const hourMs = 3_600_000;
/** Longer than anybody plans ahead. */
const mostHours = 24 * 1_000;

/**
 * When an account would be through with so many emails, begun at a time, by its limits: hour by hour as much as its rate, its hour,
 * its day and its plan to warm up let out, after what is queued already. Days are counted from the beginning, not rolled.
 */
export async function forecast(
  db: AnyDb,
  account: StoredAccount,
  { from, emails, now }: { from: Date; emails: number; now: Date },
): Promise<Date> {
  const { hour, day } = await used(db, account.id, now);
  let left = emails + (await queuedBefore(db, account.id, from));
  const fresh = from.getTime() - now.getTime();
  let usedOfDay = fresh < 24 * hourMs ? day : 0;
  for (let n = 0; n < mostHours; n++) {
    const at = new Date(from.getTime() + n * hourMs);
    if (n > 0 && n % 24 === 0) usedOfDay = 0;
    const perSecond = account.rate_per_second * slowedTo(account, at);
    const ofHour = (account.per_hour ?? Number.POSITIVE_INFINITY) - (n === 0 && fresh < hourMs ? hour : 0);
    const ofDay = Math.min(
      account.per_day ?? Number.POSITIVE_INFINITY,
      warmUpToday(account, at) ?? Number.POSITIVE_INFINITY,
    );
    const most = Math.max(0, Math.min(perSecond * 3_600, ofHour, ofDay - usedOfDay));
    if (left <= most) return new Date(at.getTime() + (left / perSecond) * 1_000);
    left -= most;
    usedOfDay += most;
  }
  return new Date(from.getTime() + mostHours * hourMs);
}

async function queuedBefore(db: AnyDb, account: string, before: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM emails AS e
    JOIN email_queues AS q ON q.account = e.account AND q.campaign = e.campaign AND NOT q.held
    WHERE e.account = ${account} AND e.status = 'queued' AND e.next_attempt_at <= ${before}`.execute(db);
  return rows[0]?.count ?? 0;
}
