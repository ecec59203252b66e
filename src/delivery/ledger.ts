import { type Kysely, sql, type Transaction } from 'kysely';
import { holdBack } from './caps.ts';
import { takeAlong } from './merge.ts';
import type { Addressee, EmailCounts, EmailStatus, Letter } from './schema.ts';
import { storable } from './storable.ts';
import { giveBack, take } from './throttle.ts';

/** A transaction of any room: the ledger writes its own tables in it. */
// biome-ignore lint/suspicious/noExplicitAny: Kysely's types of tables do not matter to raw statements.
export type AnyTransaction = Transaction<any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnyDb = Kysely<any>;

/** A row whose right to send this worker holds. */
export interface Claimed {
  id: string;
  workspace: string;
  campaign_name: string;
  profile: string;
  template: string;
  message_id: string;
  /** The loyalty program it belongs to. */
  program: string | null;
  /** As of an attempt before; empty at the first. */
  address: string;
  attempts: number;
  attempts_waived: number;
  /** What came with the person's entry into the campaign. */
  parameters: Record<string, unknown> | null;
  /** Whether others may go out with it. */
  merges: boolean;
}

/** What became of a claimed row. */
export interface Settlement {
  id: string;
  /** The fence: nothing is written when the row was claimed again since. */
  attempts: number;
  status: 'sent' | 'failed' | 'suppressed' | 'queued';
  address?: string;
  subject?: string;
  error?: string;
  /** For `sent`: the provider's own id of it. */
  providerId?: string | undefined;
  /** For `queued`. */
  nextAttemptAt?: Date;
  /** The attempt was not this email's own fault. */
  waived?: boolean;
}

/**
 * Queues a step's emails for these people, once each (`ON CONFLICT DO NOTHING`), within the caller's
 * transaction. Thousands at a time; give profiles in ascending order.
 * @returns how many are new
 */
export async function queueEmails(
  trx: AnyTransaction,
  letter: Letter,
  people: readonly (string | Addressee)[],
): Promise<number> {
  if (people.length === 0) return 0;
  const { workspace, campaign, sender, capped = false, mergeWithinMinutes = 0 } = letter;
  const due = new Date(letter.at.getTime() + mergeWithinMinutes * 60_000);
  const addressees = people.map((one): Addressee => (typeof one === 'string' ? { profile: one } : one));
  const column = (pick: (addressee: Addressee) => unknown) => addressees.map((one) => pick(one) ?? null);
  await sql`
    INSERT INTO email_queues (workspace, account, campaign) VALUES (${workspace}, ${sender.account}, ${campaign})
    ON CONFLICT DO NOTHING`.execute(trx);
  const { numAffectedRows } = await sql`
    INSERT INTO emails (id, workspace, campaign, campaign_name, profile, step, account, template, message_id,
                        program, next_attempt_at, queued_at, round, parameters, closes_at, zone, capped, merges)
    SELECT p.id, ${workspace}, ${campaign}, ${letter.campaignName}, p.profile, ${letter.step}, ${sender.account},
           ${letter.template}, '<' || p.id || '@' || ${sender.domain}::text || '>', ${letter.program ?? null}::uuid, ${due}, ${letter.at},
           p.round, p.parameters, p.closes_at, p.zone, ${capped}, ${mergeWithinMinutes > 0}
    FROM (
      SELECT uuidv7() AS id, *
      FROM unnest(
        ${column(({ profile }) => profile)}::text[], ${column(({ round }) => round ?? 1)}::int[],
        ${column(({ parameters }) => parameters && JSON.stringify(parameters))}::jsonb[],
        ${column(({ closesAt }) => closesAt)}::timestamptz[], ${column(({ zone }) => zone)}::text[]
      ) AS u (profile, round, parameters, closes_at, zone)
    ) AS p
    ON CONFLICT (campaign, profile, step, round) DO NOTHING`.execute(trx);
  return Number(numAffectedRows ?? 0);
}

/** Cancels what is queued and not yet claimed: of these people, or of everybody. */
export async function cancelQueued(
  trx: AnyTransaction,
  campaign: string,
  profiles?: string[],
): Promise<void> {
  await sql`
    WITH cancelled AS (
      UPDATE emails SET status = 'cancelled'
      WHERE campaign = ${campaign} AND status = 'queued'
        ${profiles ? sql`AND profile = ANY(${profiles}::text[])` : sql``}
      RETURNING id, merges
    )
    -- What was to go out with them goes out by itself.
    UPDATE emails AS e SET status = 'queued', merged_into = NULL
    FROM cancelled AS c WHERE c.merges AND e.merged_into = c.id`.execute(trx);
}

/** Holds or releases all queued emails of a campaign, however many, by its few queue rows. */
export async function holdCampaign(trx: AnyTransaction, campaign: string, held: boolean): Promise<void> {
  await sql`UPDATE email_queues SET held = ${held} WHERE campaign = ${campaign}`.execute(trx);
}

/** Whether the hours of an email, if it has any, are not over. */
const isOpen = (now: Date) => sql`(closes_at IS NULL OR closes_at > ${now})`;

/** Accounts that could send something now. */
export async function accountsWithWork(db: AnyDb, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT a.id FROM accounts AS a
    WHERE a.status = 'active' AND EXISTS (
      SELECT FROM email_queues AS q
      WHERE q.account = a.id AND NOT q.held AND EXISTS (
        SELECT FROM emails AS e
        WHERE e.account = q.account AND e.campaign = q.campaign AND e.status = 'queued'
          AND e.next_attempt_at <= ${now} AND ${isOpen(now)}))`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Takes what the account's limits allow (`throttle.ts`) and claims as many due emails, in one short transaction: the
 * account's row is locked first, so workers of the same account take turns and others are not touched.
 * Campaigns that share the account get equal parts.
 */
export async function claim(
  db: AnyDb,
  asked: { account: string; worker: string; most: number; now: Date },
): Promise<Claimed[]> {
  const { account, worker, most, now } = asked;
  const { claimed, more } = await db.transaction().execute(async (trx) => {
    const { allowed: taken } = await take(trx, { account, most, now });
    if (taken < 1) return { claimed: [], more: false };
    const { rows } = await sql<Claimed>`
      WITH ready AS (
        SELECT q.campaign FROM email_queues AS q
        WHERE q.account = ${account} AND NOT q.held AND EXISTS (
          SELECT FROM emails AS e
          WHERE e.account = ${account} AND e.campaign = q.campaign AND e.status = 'queued'
            AND e.next_attempt_at <= ${now} AND ${isOpen(now)})
        ORDER BY random() LIMIT ${taken}
      ), due AS (
        SELECT e.id FROM ready CROSS JOIN LATERAL (
          SELECT id FROM emails
          WHERE account = ${account} AND campaign = ready.campaign AND status = 'queued' AND next_attempt_at <= ${now}
            AND ${isOpen(now)}
          ORDER BY next_attempt_at, id
          LIMIT (SELECT ceil(${taken}::double precision / nullif(count(*), 0))::bigint FROM ready)
          FOR UPDATE SKIP LOCKED
        ) AS e
        LIMIT ${taken}
      )
      UPDATE emails AS e
      SET status = 'sending', worker = ${worker}, sending_at = ${now}, attempts = e.attempts + 1
      FROM due WHERE e.id = due.id
      RETURNING e.id, e.workspace, e.campaign_name, e.profile, e.template, e.message_id, e.program, e.address, e.attempts,
                e.attempts_waived, e.parameters, e.merges`.execute(trx);
    const leading = await takeAlong(trx, account, rows, now);
    const back = await holdBack(trx, leading, now);
    const claimed = back.size > 0 ? leading.filter(({ id }) => !back.has(id)) : leading;
    if (claimed.length < taken) await giveBack(trx, account, taken - claimed.length, now);
    return { claimed, more: claimed.length === 0 && back.size > 0 };
  });
  // All of a batch were held back, and others may be due behind them.
  return more ? claim(db, asked) : claimed;
}

/** Writes what became of emails, and the results for the log, in one statement. */
export async function settle(db: AnyDb, settlements: Settlement[], now: Date): Promise<void> {
  if (settlements.length === 0) return;
  const column = (pick: (s: Settlement) => unknown) => settlements.map((s) => pick(s) ?? null);
  // Addresses and subjects are people's words, and errors a mail server's.
  const words = (pick: (s: Settlement) => string | undefined) =>
    column((s) => {
      const text = pick(s);
      return text && storable(text);
    });
  await sql`
    WITH result AS (
      SELECT * FROM unnest(
        ${column((s) => s.id)}::uuid[], ${column((s) => s.attempts)}::int[], ${column((s) => s.status)}::text[],
        ${words((s) => s.address)}::text[], ${words((s) => s.subject)}::text[], ${words((s) => s.error)}::text[],
        ${column((s) => s.nextAttemptAt)}::timestamptz[], ${column((s) => s.waived ?? false)}::boolean[],
        ${words((s) => s.providerId)}::text[]
      ) AS r (id, attempts, status, address, subject, error, next_attempt_at, waived, provider_id)
    ), settled AS (
      UPDATE emails AS e
      SET status = r.status, worker = NULL, sending_at = NULL,
          address = coalesce(r.address, e.address), subject = coalesce(r.subject, e.subject), last_error = r.error,
          next_attempt_at = coalesce(r.next_attempt_at, e.next_attempt_at),
          attempts_waived = e.attempts_waived + r.waived::int,
          sent_at = CASE WHEN r.status = 'sent' THEN coalesce(e.sent_at, ${now}::timestamptz) ELSE e.sent_at END,
          provider_id = coalesce(r.provider_id, e.provider_id)
      FROM result AS r
      -- A worker that was given up for dead may still have sent: that is written whatever the row says
      -- now, unless somebody else holds the row. What happened to the email may have been told before, and then
      -- it counts as sent already, without the words that are known here alone.
      WHERE e.id = r.id AND e.attempts = r.attempts AND (e.status = 'sending' OR r.status = 'sent')
      RETURNING e.id, e.workspace, e.status, e.attempts, old.status AS before
    )
    INSERT INTO email_results (workspace, email, kind, attempt, at)
    SELECT workspace, id, status, attempts, ${now} FROM settled
    WHERE status IN ('sent', 'failed') AND before <> 'sent'`.execute(db);
}

/** What a row becomes whose worker is gone: by the policy of its account `a`. */
const afterCrash = sql`status = CASE WHEN a.after_crash = 'hold' THEN 'held' ELSE 'queued' END,
    worker = NULL, sending_at = NULL, attempts_waived = e.attempts_waived + 1,
    last_error = CASE WHEN a.after_crash = 'hold' THEN 'It was being sent when the process ended: nobody knows whether it was.' END`;

/**
 * Takes back emails of workers that stopped beating: queued again, with the same Message-ID, or held, as their account wants.
 * @param aliveSince workers with a heartbeat after this live
 * @param everybody also living workers' emails: at start, when the database is this process' alone
 */
export async function takeBack(db: AnyDb, aliveSince: Date, everybody = false): Promise<number> {
  const { numAffectedRows } = await sql`
    UPDATE emails AS e SET ${afterCrash}
    FROM accounts AS a
    WHERE a.id = e.account AND e.status = 'sending'
      ${everybody ? sql`` : sql`AND NOT EXISTS (SELECT FROM delivery_workers AS w WHERE w.id = e.worker AND w.heartbeat_at > ${aliveSince})`}`.execute(
    db,
  );
  await sql`DELETE FROM delivery_workers WHERE heartbeat_at <= ${aliveSince}`.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** Emails this worker holds by the ledger but does not know of: a claim whose answer was lost. */
export async function takeBackUnknown(
  db: AnyDb,
  worker: string,
  known: string[],
  before: Date,
): Promise<void> {
  await sql`
    UPDATE emails SET status = 'queued', worker = NULL, sending_at = NULL, attempts_waived = attempts_waived + 1
    WHERE status = 'sending' AND worker = ${worker} AND sending_at < ${before} AND id <> ALL(${known}::uuid[])`.execute(
    db,
  );
}

/** Bounced, by a row of emails: what came after a delivery and is not for good is an answering machine's. */
export const bounced = sql<boolean>`(bounced_at IS NOT NULL AND (bounce_permanent OR delivered_at IS NULL))`;
export const delivered = sql<boolean>`(delivered_at IS NOT NULL AND NOT coalesce(bounce_permanent, false))`;

/** Emails of a campaign by step and status; what became of those that were sent counts within. */
export async function countEmails(db: AnyDb, campaign: string): Promise<Map<string, EmailCounts>> {
  const { rows } = await sql<
    Omit<EmailCounts, EmailStatus> & { step: string; status: EmailStatus; count: number }
  >`
    SELECT step, status, count(*) AS count, count(*) FILTER (WHERE ${delivered}) AS delivered,
           count(opened_at) AS opened, count(clicked_at) AS clicked, count(*) FILTER (WHERE ${bounced}) AS bounced,
           count(complained_at) AS complained, count(unsubscribed_at) AS unsubscribed
    FROM emails WHERE campaign = ${campaign} GROUP BY step, status`.execute(db);
  const steps = new Map<string, EmailCounts>();
  for (const { step, status, count, ...within } of rows) {
    const counts = steps.get(step) ?? noEmails();
    counts[status] = Number(count);
    for (const name of Object.keys(within) as (keyof typeof within)[]) counts[name] += Number(within[name]);
    steps.set(step, counts);
  }
  return steps;
}

export const noEmails = (): EmailCounts => ({
  queued: 0,
  sending: 0,
  held: 0,
  sent: 0,
  failed: 0,
  suppressed: 0,
  cancelled: 0,
  merged: 0,
  delivered: 0,
  opened: 0,
  clicked: 0,
  bounced: 0,
  complained: 0,
  unsubscribed: 0,
});
