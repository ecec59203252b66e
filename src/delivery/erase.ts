import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Log } from '../log/index.ts';

/**
 * The ledger and the dev mailbox forget who is erased. Suppressions stay: an address that must not be written to must not
 * be written to. What is being handed to a provider at this moment is waited for.
 */
export function eraseFromDelivery({ postgres }: Engine, log: Log): void {
  log.erase.onErase(async ({ workspace, ids, addresses }) => {
    const about = sql`workspace = ${workspace} AND (profile = ANY(${ids}::text[]) OR lower(address) = ANY(${lower(addresses)}::text[]))`;
    const { rows } = await sql<{ emails: number; mailbox: number; sending: number }>`
      WITH theirs AS (SELECT id, status FROM emails WHERE ${about}),
      letters AS (
        DELETE FROM mailbox WHERE workspace = ${workspace}
          AND (profile = ANY(${ids}::text[]) OR email IN (SELECT id FROM theirs)) RETURNING id),
      results AS (DELETE FROM email_results WHERE email IN (SELECT id FROM theirs)),
      gone AS (DELETE FROM emails WHERE id IN (SELECT id FROM theirs WHERE status <> 'sending') RETURNING id)
      SELECT (SELECT count(*) FROM gone) AS emails, (SELECT count(*) FROM letters) AS mailbox,
        (SELECT count(*) FROM theirs WHERE status = 'sending') AS sending`.execute(postgres.db);
    const { emails = 0, mailbox = 0, sending = 0 } = rows[0] ?? {};
    return { removed: { emails, mailbox }, pending: sending > 0 };
  });
}

const lower = (addresses: readonly string[]) => addresses.map((address) => address.toLowerCase());
