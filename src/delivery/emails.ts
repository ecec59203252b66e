import { type RawBuilder, sql } from 'kysely';
import { csvLine, notFound } from '../engine/index.ts';
import { type AnyDb, bounced, delivered } from './ledger.ts';
import type { Email, EmailDetail, EmailFilter, HappeningKind } from './schema.ts';

/** Whose emails, and where its days begin. */
interface Where {
  id: string;
  timezone: string;
}

const times = [
  ...['queued_at', 'sent_at', 'delivered_at', 'opened_at', 'opened_by_machine_at', 'clicked_at'],
  ...['bounced_at', 'complained_at', 'unsubscribed_at'],
] as const;

/** Rows of the ledger as the API tells them, but for their times. */
const columns = sql`
  e.id, e.campaign AS campaign_id, e.campaign_name, e.step, e.profile AS person_id, e.address, e.subject,
  e.account AS account_id, a.name AS account_name, a.kind AS provider, e.provider_id, e.status, e.attempts, e.last_error,
  e.queued_at, e.sent_at, e.delivered_at, e.opened_at, e.opened_by_machine_at, e.clicked_at, e.bounced_at,
  e.bounce_permanent, e.bounce_reason, e.complained_at, e.unsubscribed_at, e.message_id, ${bounced} AS is_bounced
  FROM emails AS e JOIN accounts AS a ON a.id = e.account`;

type Row = Record<string, unknown> & { id: string; is_bounced: boolean };

/** What says most: what went wrong before what went well, and of that the last. */
function resultOf(row: Row): HappeningKind | null {
  if (row.complained_at) return 'complained';
  if (row.is_bounced) return 'bounced';
  if (row.clicked_at) return 'clicked';
  if (row.opened_at) return 'opened';
  return row.delivered_at ? 'delivered' : null;
}

function view({ is_bounced, ...row }: Row): Email {
  const told = Object.fromEntries(
    times.map((name) => [name, (row[name] as Date | null)?.toISOString() ?? null]),
  );
  return { ...row, ...told, result: resultOf({ ...row, is_bounced }) } as unknown as Email;
}

const results: Record<HappeningKind, RawBuilder<unknown>> = {
  delivered,
  opened: sql`opened_at IS NOT NULL`,
  clicked: sql`clicked_at IS NOT NULL`,
  bounced,
  complained: sql`complained_at IS NOT NULL`,
};

/** A day begins when it does in the workspace; an instant is one everywhere. */
const instant = (text: string, timezone: string) =>
  text.includes('T') ? sql`${text}::timestamptz` : sql`${text}::timestamp AT TIME ZONE ${timezone}`;

const beginning = (text: string) => `${text.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`;

/** Letters with which few addresses begin. */
const telling = 3;

/** Whose address begins so, or whose id it is. */
function matching(workspace: string, search: string) {
  const begins = sql`lower(address) LIKE ${beginning(search)} AND address <> ''`;
  // Many: the newest are soon found by looking at one after the other.
  if (search.length < telling) return sql`((${begins}) OR e.profile = ${search})`;
  // Few: by an index, which the planner, not knowing how few, would not use.
  return sql`e.id = ANY(ARRAY(
    SELECT id FROM emails WHERE workspace = ${workspace} AND ${begins}
    UNION ALL SELECT id FROM emails WHERE workspace = ${workspace} AND profile = ${search}))`;
}

function narrowed({ id, timezone }: Where, asked: EmailFilter, before: string | undefined) {
  const { campaign, step, account, status, result, person, search, from, to } = asked;
  const when = sql`coalesce(e.sent_at, e.queued_at)`;
  const all = [
    sql`e.workspace = ${id}`,
    campaign && sql`e.campaign = ${campaign}`,
    step && sql`e.step = ${step}`,
    account && sql`e.account = ${account}`,
    status && sql`e.status = ${status}`,
    result && results[result],
    person && sql`e.profile = ${person}`,
    search && matching(id, search),
    from && sql`${when} >= ${instant(from, timezone)}`,
    to && sql`${when} < ${instant(to, timezone)}`,
    before && sql`e.id < ${before}`,
  ].filter((one) => one !== undefined && one !== '');
  return sql.join(all, sql` AND `);
}

const csvColumns = [
  ...['id', 'person_id', 'address', 'campaign_id', 'campaign_name', 'step', 'subject', 'account_name'],
  ...['provider', 'provider_id', 'message_id', 'status', 'result', 'last_error', 'queued_at', 'sent_at'],
  ...['delivered_at', 'opened_at', 'clicked_at', 'bounced_at', 'bounce_permanent', 'bounce_reason'],
  ...['complained_at', 'unsubscribed_at'],
] as (keyof Email)[];
const csvPage = 2_000;
const longestHistory = 1_000;

/** Reading the ledger, newest first. */
export function createEmails(db: AnyDb) {
  async function page(where: Where, asked: EmailFilter, limit: number, before: string | undefined) {
    const { rows } = await sql<Row>`
      SELECT ${columns} WHERE ${narrowed(where, asked, before)} ORDER BY e.id DESC LIMIT ${limit}`.execute(
      db,
    );
    return rows.map(view);
  }

  async function historyOf(email: Email): Promise<EmailDetail['history']> {
    const { rows } = await sql<Omit<EmailDetail['history'][number], 'at'> & { at: Date }>`
      SELECT at, kind, machine, url, reason, permanent FROM email_happenings
      WHERE email = ${email.id} AND kind <> 'sent' ORDER BY at, key LIMIT ${longestHistory}`.execute(db);
    const own = (kind: 'queued' | 'sent' | 'unsubscribed', at: string | null) =>
      at ? [{ at, kind, machine: false, url: null, reason: null, permanent: false }] : [];
    return [
      ...own('queued', email.queued_at),
      ...own('sent', email.sent_at),
      ...rows.map((row) => ({ ...row, at: row.at.toISOString() })),
      ...own('unsubscribed', email.unsubscribed_at),
    ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  return {
    async list(
      where: Where,
      { limit, cursor, ...asked }: EmailFilter & { limit: number; cursor?: string | undefined },
    ) {
      const items = await page(where, asked, limit + 1, cursor);
      return {
        items: items.slice(0, limit),
        next_cursor: items.length > limit ? items[limit - 1]!.id : null,
      };
    },

    /**
     * All that are found, as a table for spreadsheets. Read in pages, so that a slow reader holds nothing; what is queued
     * meanwhile is newer than where it began, and left out.
     */
    async *csv(where: Where, asked: EmailFilter): AsyncGenerator<string> {
      // A byte order mark first, so that Excel reads the rest as UTF-8.
      yield `\ufeff${csvLine(csvColumns)}`;
      for (let before: string | undefined; ; ) {
        const emails = await page(where, asked, csvPage, before);
        yield emails.map((email) => csvLine(csvColumns.map((name) => email[name]))).join('');
        if (emails.length < csvPage) return;
        before = emails.at(-1)!.id;
      }
    },

    /** @throws Problem 404 */
    async get(workspace: string, id: string): Promise<EmailDetail> {
      const { rows } = await sql<Row>`
        SELECT ${columns} WHERE e.workspace = ${workspace} AND e.id = ${id}`.execute(db);
      if (!rows[0]) throw notFound('email', id);
      const email = view(rows[0]);
      const kept = await sql<Pick<EmailDetail, 'html' | 'text' | 'headers'>>`
        SELECT html, text, headers FROM mailbox
        WHERE workspace = ${workspace} AND message_id = ${email.message_id}`.execute(db);
      return {
        ...email,
        ...(kept.rows[0] ?? { html: null, text: null, headers: [] }),
        history: await historyOf(email),
      };
    },

    /** The emails of a person: a panel of the profile. */
    async ofPerson(workspace: string, _id: string, ids: readonly string[]) {
      const { rows } = await sql<Row>`
        SELECT ${columns} WHERE e.workspace = ${workspace} AND e.profile = ANY(${[...ids]}::text[])
        ORDER BY e.id DESC LIMIT 100`.execute(db);
      return rows.map(view).map((email) => ({
        id: email.id,
        campaign_name: email.campaign_name,
        subject: email.subject,
        status: email.unsubscribed_at ? 'unsubscribed' : (email.result ?? email.status),
        time: email.sent_at ?? email.queued_at,
      }));
    },
  };
}
