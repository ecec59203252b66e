import { adhoc, type ClickHouse } from '../engine/index.ts';
import { aboutIds } from './about.ts';

/** A message of the log, as it is kept. */
export interface KeptMessage {
  received_at: string;
  /** Null when the sender did not say. */
  sent_at: string | null;
  source: string;
  country: string;
  user_agent: string;
  ip: string;
  /** JSON, as it was received. */
  message: string;
}

/** Messages in one page: a message has up to 32 KB. */
const page = 500;

const messagesOfIds = adhoc(
  'messages_of_ids',
  `SELECT toUnixTimestamp64Milli(received_at) AS received, toUnixTimestamp64Milli(sent_at) AS sent,
          source, country, user_agent, ip, message, toString(cityHash64(message)) AS hash
   FROM messages
   WHERE workspace = {workspace:UUID}
     AND received_at >= {after:DateTime64(3,'UTC')}
     AND (received_at > {after:DateTime64(3,'UTC')} OR cityHash64(message) > toUInt64({after_hash:String}))
     AND (${aboutIds('{ids:Array(String)}')})
   ORDER BY received_at, cityHash64(message)
   LIMIT {page:UInt32}`,
);

/**
 * Every message about some ids, the oldest first: the log is read once, in its own order. Page by page, so that a reader who
 * is slow keeps nobody waiting.
 */
export async function* messagesOf(
  clickhouse: ClickHouse,
  workspace: string,
  ids: readonly string[],
): AsyncGenerator<KeptMessage> {
  type Row = Omit<KeptMessage, 'received_at' | 'sent_at'> & { received: number; sent: number; hash: string };
  let after = { after: new Date(0), after_hash: '0' };
  for (;;) {
    const rows = await clickhouse.rows<Row>(messagesOfIds, { workspace, ids, page, ...after });
    for (const { received, sent, hash: _, ...row } of rows) {
      const sent_at = sent > 0 ? new Date(sent).toISOString() : null;
      yield { received_at: new Date(received).toISOString(), sent_at, ...row };
    }
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = { after: new Date(last.received), after_hash: last.hash };
  }
}
