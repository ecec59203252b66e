import { type Kysely, sql } from 'kysely';
import { notFound } from '../engine/index.ts';
import type { AnyTransaction } from './ledger.ts';
import type { Email, EmailStatus, Version } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { versionId } from './templates.ts';

export interface EmailQuery {
  campaign?: string | undefined;
  status?: EmailStatus | undefined;
  /** Part of the address, the subject or the person's id. */
  search?: string | undefined;
  person?: string | undefined;
  limit: number;
  /** The id of the last item of the page before. */
  cursor?: string | undefined;
}

const like = (search: string) => `%${search.replace(/[%_\\]/g, '\\$&')}%`;

const columns = [
  'id',
  'campaign',
  'campaign_name',
  'step',
  'profile',
  'address',
  'subject',
  'status',
  'attempts',
  'last_error',
  'queued_at',
  'sent_at',
  'unsubscribed_at',
  'message_id',
] as const;
type EmailRow = Omit<Email, 'campaign_id' | 'person_id' | 'queued_at' | 'sent_at' | 'unsubscribed_at'> & {
  campaign: string;
  profile: string;
  queued_at: Date;
  sent_at: Date | null;
  unsubscribed_at: Date | null;
};

const view = ({ campaign, profile, queued_at, sent_at, unsubscribed_at, ...row }: EmailRow): Email => ({
  ...row,
  campaign_id: campaign,
  person_id: profile,
  queued_at: queued_at.toISOString(),
  sent_at: sent_at?.toISOString() ?? null,
  unsubscribed_at: unsubscribed_at?.toISOString() ?? null,
});

/** Reading the ledger and the dev mailbox, newest first. */
export function createStore(db: Kysely<DeliveryTables>) {
  return {
    /** Keeps a version under the hash of its content; the same again is the same. */
    async saveVersion(trx: AnyTransaction, workspace: string, version: Version): Promise<string> {
      const { subject, html, text = null, parts } = version;
      const id = versionId(version);
      await (trx as Kysely<DeliveryTables>)
        .insertInto('templates')
        .values({ workspace, id, subject, html, text, parts: JSON.stringify(parts) })
        .onConflict((on) => on.doNothing())
        .execute();
      return id;
    },

    async emails(workspace: string, asked: EmailQuery) {
      const { campaign, status, search, person, limit, cursor } = asked;
      let query = db.selectFrom('emails').select(columns).where('workspace', '=', workspace);
      if (campaign) query = query.where('campaign', '=', campaign);
      if (status) query = query.where('status', '=', status);
      if (person) query = query.where('profile', '=', person);
      if (search) {
        query = query.where(({ eb, or }) =>
          or((['address', 'subject', 'profile'] as const).map((name) => eb(name, 'ilike', like(search)))),
        );
      }
      if (cursor) query = query.where('id', '<', cursor);
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return {
        items: rows.slice(0, limit).map(view),
        next_cursor: rows.length > limit ? rows[limit - 1]!.id : null,
      };
    },

    async email(workspace: string, id: string) {
      const row = await db
        .selectFrom('emails')
        .select(columns)
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst();
      if (!row) throw notFound('email', id);
      const kept = await db
        .selectFrom('mailbox')
        .select(['html', 'text', 'headers'])
        .where('workspace', '=', workspace)
        .where('message_id', '=', row.message_id)
        .executeTakeFirst();
      return {
        ...view(row),
        html: kept?.html ?? null,
        text: kept?.text ?? null,
        headers: kept?.headers ?? [],
      };
    },

    async mailbox(workspace: string, asked: { search?: string; limit: number; cursor?: string }) {
      const { search, limit, cursor } = asked;
      let query = db.selectFrom('mailbox').where('workspace', '=', workspace);
      if (search) {
        query = query.where(({ eb, or }) =>
          or((['to', 'subject'] as const).map((name) => eb(name, 'ilike', like(search)))),
        );
      }
      const { total } = await query
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      let page = query.select([
        'id',
        'message_id',
        'to',
        'from',
        'subject',
        'received_at',
        'email',
        'profile',
      ]);
      if (cursor) page = page.where('id', '<', cursor);
      const rows = await page
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return {
        items: rows.slice(0, limit).map(mailView),
        next_cursor: rows.length > limit ? rows[limit - 1]!.id : null,
        total,
      };
    },

    async mail(workspace: string, id: string) {
      const row = await db
        .selectFrom('mailbox')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst();
      if (!row) throw notFound('email', id);
      const link = row.headers.find(({ name }) => name === 'List-Unsubscribe')?.value;
      return {
        ...mailView(row),
        html: row.html,
        text: row.text,
        headers: row.headers,
        // A test email is nobody's, so its link leads nowhere.
        unsubscribe_url: (row.email && link?.slice(1, -1)) || null,
      };
    },

    /** The emails of a person, newest first: a panel of the profile. */
    async ofPerson(workspace: string, _id: string, ids: readonly string[]) {
      const rows = await db
        .selectFrom('emails')
        .select(['id', 'campaign_name', 'subject', 'status', 'queued_at', 'sent_at', 'unsubscribed_at'])
        .where('workspace', '=', workspace)
        .where('profile', 'in', [...ids])
        .orderBy('id', 'desc')
        .limit(100)
        .execute();
      return rows.map(({ queued_at, sent_at, unsubscribed_at, ...row }) => ({
        ...row,
        status: unsubscribed_at ? 'unsubscribed' : row.status,
        time: (sent_at ?? queued_at).toISOString(),
      }));
    },

    /** Emails of a workspace ever sent, failed, unsubscribed from. */
    async totals(workspace: string): Promise<{ sent: number; failed: number; unsubscribed: number }> {
      const { rows } = await sql<{ sent: number; failed: number; unsubscribed: number }>`
        SELECT count(*) FILTER (WHERE status = 'sent') AS sent, count(*) FILTER (WHERE status = 'failed') AS failed,
               count(unsubscribed_at) AS unsubscribed
        FROM emails WHERE workspace = ${workspace}`.execute(db);
      return rows[0]!;
    },
  };
}

const mailView = (
  row: Pick<
    DeliveryTables['mailbox'],
    'id' | 'message_id' | 'to' | 'from' | 'subject' | 'received_at' | 'email' | 'profile'
  >,
) => ({
  id: row.id,
  message_id: row.message_id,
  to: row.to,
  from: row.from,
  subject: row.subject,
  received_at: row.received_at.toISOString(),
  email_id: row.email,
  person_id: row.profile,
});
