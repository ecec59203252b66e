import { sql } from 'kysely';
import type { AnyDb, AnyTransaction } from './ledger.ts';

/** After so long without another complaint of the provider the rate doubles. */
const recoverEveryMs = 60_000;
/** The provider's complaints slow an account down to this part of its rate at most. */
const slowest = 1 / 64;
/** Complaints of emails that were under way together are one. */
const oneComplaintMs = 2_000;

/** However long a provider asks for. */
const longestPauseMs = 3_600_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

type Limit = 'rate' | 'hour' | 'day' | 'warm_up' | 'in_flight' | 'slowed';

/** What an account may send now, and why no more. */
export interface Allowance {
  /** Emails. */
  allowed: number;
  /** What held it back; null when `most` did. */
  limit: Limit | null;
}

interface AccountRow {
  tokens: number;
  burst: number;
  rate: number;
  refilled_at: Date;
  per_hour: number | null;
  per_day: number | null;
  warm_up: number[];
  warm_up_from: Date | null;
  in_flight: number | null;
  slowed_to: number;
  slowed_at: Date | null;
  resumes_at: Date | null;
}

/** Emails taken within the rolling windows, and those under way. */
export interface Used {
  hour: number;
  day: number;
  sending: number;
}

/**
 * Takes as much of an account's limits as is there, at most `most` emails: the account's row is locked until the transaction
 * ends, so workers of one account take turns and others are not touched. Give back what is not used.
 *
 * The rate is a token bucket. Windows roll by the minute: a minute counts until it is wholly over an hour, or a day, ago; so
 * they are never exceeded, and let go a minute late at most.
 */
export async function take(
  trx: AnyTransaction,
  { account, most, now }: { account: string; most: number; now: Date },
): Promise<Allowance> {
  const { rows } = await sql<AccountRow>`
    SELECT a.tokens, a.burst, a.rate_per_second AS rate, a.refilled_at, a.per_hour, a.per_day, a.warm_up, a.warm_up_from,
      a.in_flight, a.slowed_to, a.slowed_at, a.resumes_at
    FROM accounts AS a WHERE a.id = ${account} AND a.status = 'active' FOR UPDATE`.execute(trx);
  const row = rows[0];
  if (!row) return { allowed: 0, limit: null };
  const { tokens, limits } = limitsOf({ ...row, ...(await used(trx, account, now)) }, now);
  const [limit, left] = limits.reduce((least, one) => (one[1] < least[1] ? one : least));
  const allowed = Math.max(0, Math.min(most, Math.floor(left)));
  await sql`
    UPDATE accounts SET tokens = ${tokens - allowed}, refilled_at = GREATEST(refilled_at, ${now})
    WHERE id = ${account}`.execute(trx);
  if (allowed > 0) await count(trx, account, now, allowed);
  return { allowed, limit: allowed < most ? limit : null };
}

/** What is left under each limit that an account has; a reader of the page sees the same numbers. */
export function limitsOf(row: AccountRow & Used, now: Date): { tokens: number; limits: [Limit, number][] } {
  const slowed = slowedTo(row, now);
  const seconds = Math.max(0, now.getTime() - row.refilled_at.getTime()) / 1_000;
  const tokens = Math.min(row.burst, row.tokens + row.rate * slowed * seconds);
  const limits: [Limit, number][] = [[slowed < 1 ? 'slowed' : 'rate', tokens]];
  if (row.resumes_at && row.resumes_at > now) limits.push(['slowed', 0]);
  if (row.per_hour !== null) limits.push(['hour', row.per_hour - row.hour]);
  if (row.per_day !== null) limits.push(['day', row.per_day - row.day]);
  const warming = warmUpToday(row, now);
  if (warming !== undefined) limits.push(['warm_up', warming - row.day]);
  if (row.in_flight !== null) limits.push(['in_flight', row.in_flight - row.sending]);
  return { tokens, limits };
}

/** Emails an account that warms up may send a day now; undefined when it has no plan, or is done with it. */
export function warmUpToday(
  { warm_up, warm_up_from }: Pick<AccountRow, 'warm_up' | 'warm_up_from'>,
  now: Date,
): number | undefined {
  if (!warm_up_from) return undefined;
  return warm_up[Math.max(0, Math.floor((now.getTime() - warm_up_from.getTime()) / dayMs))];
}

/** The part of its rate an account sends at: what the provider's complaints left of it, doubled each minute since. */
export function slowedTo(
  { slowed_to, slowed_at }: Pick<AccountRow, 'slowed_to' | 'slowed_at'>,
  now: Date,
): number {
  if (!slowed_at) return 1;
  const doubled = Math.max(0, Math.floor((now.getTime() - slowed_at.getTime()) / recoverEveryMs));
  return Math.min(1, slowed_to * 2 ** doubled);
}

/** What an account has used up. */
export async function used(db: AnyDb, account: string, now: Date): Promise<Used> {
  const { rows } = await sql<Used>`
    SELECT
      coalesce(sum(taken) FILTER (WHERE minute > ${new Date(now.getTime() - hourMs - minuteMs)}), 0)::int AS hour,
      coalesce(sum(taken), 0)::int AS day,
      (SELECT count(*)::int FROM emails WHERE account = ${account} AND status = 'sending') AS sending
    FROM account_minutes
    WHERE account = ${account} AND minute > ${new Date(now.getTime() - dayMs - minuteMs)}`.execute(db);
  return rows[0]!;
}

const minuteOf = (now: Date) => new Date(Math.floor(now.getTime() / minuteMs) * minuteMs);

async function count(trx: AnyTransaction, account: string, now: Date, taken: number): Promise<void> {
  await sql`
    INSERT INTO account_minutes (account, minute, taken) VALUES (${account}, ${minuteOf(now)}, ${taken})
    ON CONFLICT (account, minute) DO UPDATE SET taken = account_minutes.taken + ${taken}`.execute(trx);
}

/**
 * What was taken and not used after all.
 *
 * @param takenAt when it was taken: of another minute it would be counted too short a time
 */
export async function giveBack(db: AnyDb, account: string, unused: number, takenAt: Date): Promise<void> {
  await sql`
    WITH minute AS (
      UPDATE account_minutes SET taken = GREATEST(0, taken - ${unused})
      WHERE account = ${account} AND minute = ${minuteOf(takenAt)}
    )
    UPDATE accounts SET tokens = LEAST(burst, tokens + ${unused}) WHERE id = ${account}`.execute(db);
}

/**
 * The provider said it gets too much: half the rate from now on, and nothing until it wants more. What was under way together
 * slows it down once.
 */
export async function slowDown(
  db: AnyDb,
  { account, now, retryAfterMs = 0 }: { account: string; now: Date; retryAfterMs?: number | undefined },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<Pick<AccountRow, 'slowed_to' | 'slowed_at'>>`
      SELECT slowed_to, slowed_at FROM accounts WHERE id = ${account} FOR UPDATE`.execute(trx);
    const row = rows[0];
    if (!row) return;
    const known = row.slowed_at !== null && now.getTime() - row.slowed_at.getTime() < oneComplaintMs;
    const slowed = known ? row.slowed_to : Math.max(slowest, slowedTo(row, now) / 2);
    await sql`
      UPDATE accounts
      SET slowed_to = ${slowed}, slowed_at = ${known ? row.slowed_at : now}, tokens = LEAST(tokens, 1),
        resumes_at = GREATEST(resumes_at, ${new Date(now.getTime() + Math.min(retryAfterMs, longestPauseMs))}::timestamptz)
      WHERE id = ${account}`.execute(trx);
  });
}

/** Minutes no window looks at any more. */
export async function forgetMinutes(db: AnyDb, now: Date): Promise<void> {
  await sql`DELETE FROM account_minutes WHERE minute < ${new Date(now.getTime() - dayMs - hourMs)}`.execute(
    db,
  );
}
