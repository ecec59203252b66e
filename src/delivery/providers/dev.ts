import { type Kysely, sql } from 'kysely';
import type { Header } from '../schema.ts';
import type { DeliveryTables } from '../tables.ts';
import type { Provider, RenderedEmail } from './provider.ts';

/** The dev mailbox: emails go nowhere but into a table, where the page shows them. A Message-ID is kept once. */
export function devProvider(db: Kysely<DeliveryTables>): Provider {
  const sendBatch = async (emails: RenderedEmail[]) => {
    const column = (pick: (email: RenderedEmail) => unknown) => emails.map(pick);
    await sql`
      INSERT INTO mailbox (id, workspace, message_id, email, profile, "to", "from", subject, html, text, headers, received_at)
      SELECT uuidv7(), m.*
      FROM unnest(
        ${column((e) => e.workspace)}::uuid[], ${column((e) => e.messageId)}::text[], ${column((e) => e.id)}::uuid[],
        ${column((e) => e.profile)}::text[], ${column((e) => e.to)}::text[], ${column((e) => e.from)}::text[],
        ${column((e) => e.subject)}::text[], ${column((e) => e.html)}::text[], ${column(textOf)}::text[],
        ${column((e) => JSON.stringify(allHeaders(e)))}::jsonb[], ${column((e) => e.date)}::timestamptz[]
      ) AS m
      ON CONFLICT (workspace, message_id) DO NOTHING`.execute(db);
  };
  return {
    concurrency: 1,
    // Reading the attributes of 2,000 people takes hardly longer than of 1,000.
    batch: 2_000,
    batches: 2,
    sendBatch,
    async send(email) {
      await sendBatch([email]);
      return {};
    },
    close() {},
  };
}

/** What a provider's own template would have been filled with can be shown, and nothing else of it. */
const textOf = ({ stored, text }: RenderedEmail) =>
  stored ? `Stored template ${stored.name}, filled with ${JSON.stringify(stored.data, null, 2)}` : text;

const allHeaders = (email: RenderedEmail): Header[] => [
  { name: 'From', value: email.from },
  { name: 'To', value: email.to },
  { name: 'Subject', value: email.subject },
  { name: 'Message-ID', value: email.messageId },
  { name: 'Date', value: email.date.toUTCString().replace('GMT', '+0000') },
  ...email.headers,
];
