import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { eraseConsents } from './consents.ts';
import { isAddress } from './schema.ts';
import { suppressErased } from './suppressions.ts';

/**
 * The ledger and the dev mailbox forget who is erased. Their addresses, those they were written to at before too, are
 * suppressed from then on by keyed hash, and where they were suppressed already only that stays. What is being handed to a
 * provider at this moment is waited for.
 */
export function eraseFromDelivery(engine: Engine, log: Log): void {
  log.erase.onErase(({ workspace, ids, addresses: known }) =>
    // Together: the addresses in the ledger are known from it alone.
    engine.postgres.db.transaction().execute(async (trx) => {
      const written = await sql<{ address: string }>`
        SELECT DISTINCT address FROM emails
        WHERE workspace = ${workspace} AND profile = ANY(${ids}::text[]) AND address <> ''`.execute(trx);
      const addresses = [...known, ...ids, ...written.rows.map(({ address }) => address)]
        .map((address) => address.trim())
        .filter(isAddress);
      const suppressions = await suppressErased(engine, trx, {
        workspace,
        addresses: [...new Set(addresses)],
        at: engine.clock.now(),
      });
      const consents = await eraseConsents(engine, trx, { workspace, ids, addresses });
      const about = sql`workspace = ${workspace} AND (profile = ANY(${ids}::text[]) OR lower(address) = ANY(${lower(addresses)}::text[]))`;
      const { rows } = await sql<{ emails: number; mailbox: number; sending: number }>`
        WITH theirs AS (SELECT id, status FROM emails WHERE ${about}),
        letters AS (
          DELETE FROM mailbox WHERE workspace = ${workspace}
            AND (profile = ANY(${ids}::text[]) OR email IN (SELECT id FROM theirs)) RETURNING id),
        results AS (DELETE FROM email_results WHERE email IN (SELECT id FROM theirs)),
        gone AS (DELETE FROM emails WHERE id IN (SELECT id FROM theirs WHERE status <> 'sending') RETURNING id)
        SELECT (SELECT count(*) FROM gone) AS emails, (SELECT count(*) FROM letters) AS mailbox,
          (SELECT count(*) FROM theirs WHERE status = 'sending') AS sending`.execute(trx);
      const { emails = 0, mailbox = 0, sending = 0 } = rows[0] ?? {};
      return { removed: { emails, mailbox, suppressions, consents }, pending: sending > 0 };
    }),
  );
}

const lower = (addresses: readonly string[]) => addresses.map((address) => address.toLowerCase());
