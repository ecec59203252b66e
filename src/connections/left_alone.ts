import { type Kysely, sql } from 'kysely';
import type { Postgres } from '../engine/index.ts';
import { lost } from './contacts.ts';

/** Who of a pushed segment is not pushed, and why. */
export interface LeftAlone {
  /** Reason → how many. */
  counts: Record<string, number>;
  /** Some of them; `address` is null where nothing of it is kept. */
  items: { id: string; address: string | null; reason: string }[];
}

const shown = 200;

/**
 * Suppressed here, without an address, or, in Mailchimp's words, unsubscribed, cleaned, pending or transactional there. What the
 * records had values for tells the first two; who was refused has a dead letter instead.
 */
export async function leftAloneBy(
  { db: given }: Pick<Postgres, 'db'>,
  connection: string,
): Promise<LeftAlone> {
  // biome-ignore lint/suspicious/noExplicitAny: raw statements; Kysely's types of tables do not matter to them.
  const db = given as Kysely<any>;
  const alone = sql`(
    SELECT r.record AS id, r.profile AS address,
      CASE WHEN 'suppressed' = ANY(r.attributes) THEN 'suppressed'
        WHEN 'without_address' = ANY(r.attributes) THEN 'without_address'
        ELSE c.state END AS reason
    FROM connection_records AS r
    LEFT JOIN audience_contacts AS c ON c.connection = r.connection AND c.contact = md5(r.profile)
      AND c.state NOT IN ('subscribed', ${lost})
    WHERE r.connection = ${connection} AND r.listed AND r.hash <> '') AS alone`;
  const [counts, items] = await Promise.all([
    sql<{ reason: string; count: number }>`
      SELECT reason, count(*) AS count FROM ${alone} WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason`.execute(
      db,
    ),
    sql<LeftAlone['items'][number]>`
      SELECT id, address, reason FROM ${alone} WHERE reason IS NOT NULL ORDER BY reason, id LIMIT ${shown}`.execute(
      db,
    ),
  ]);
  return {
    counts: Object.fromEntries(counts.rows.map(({ reason, count }) => [reason, count])),
    items: items.rows,
  };
}
