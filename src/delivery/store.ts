import { type Kysely, sql } from 'kysely';
import { notFound } from '../engine/index.ts';
import type { AnyTransaction } from './ledger.ts';
import type { Version } from './schema.ts';
import type { DeliveryTables } from './tables.ts';
import { versionId } from './templates.ts';

const like = (search: string) => `%${search.replace(/[%_\\]/g, '\\$&')}%`;

/** Versions, the dev mailbox, and what is told of the ledger elsewhere. */
export function createStore(db: Kysely<DeliveryTables>) {
  return {
    /** Keeps a version under the hash of its content; the same again is the same. */
    async saveVersion(trx: AnyTransaction, workspace: string, version: Version): Promise<string> {
      const { subject, html, text = null, parts, stored } = version;
      const id = versionId(version);
      await (trx as Kysely<DeliveryTables>)
        .insertInto('templates')
        .values({
          ...{ workspace, id, subject, html, text, parts: JSON.stringify(parts) },
          stored: stored ? JSON.stringify(stored) : null,
        })
        .onConflict((on) => on.doNothing())
        .execute();
      return id;
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
