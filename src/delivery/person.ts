import { type RawBuilder, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import { createSuppressions } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';

/** Emails in one page: each may come with all it says. */
const page = 100;

/**
 * What is exported of a person has every email of the ledger with all that happened to it, with its words where the dev
 * mailbox keeps them, and the addresses of theirs that are never written to.
 */
export function exportEmailsOf(engine: Engine, profiles: Pick<Profiles, 'addExport' | 'attributesOf'>): void {
  const db = engine.postgres.db.withTables<DeliveryTables>();
  const suppressions = createSuppressions(engine, db);
  const ask = async <Row>(statement: RawBuilder<Row>) => (await statement.execute(db)).rows;

  profiles.addExport('emails', async function* (workspace, ids) {
    for (let before: string | null = null; ; ) {
      const rows: { id: string }[] = await ask(sql<{ id: string }>`
        SELECT e.id, e.campaign AS campaign_id, e.campaign_name, e.step, e.profile AS person_id, e.address, e.subject,
               e.status, e.last_error, e.provider_id, e.queued_at, e.sent_at, e.unsubscribed_at, e.message_id, m.html, m.text,
               m.headers, (
                 SELECT coalesce(json_agg(json_build_object('at', h.at, 'kind', h.kind, 'machine', h.machine, 'url', h.url,
                   'reason', h.reason, 'permanent', h.permanent) ORDER BY h.at, h.key), '[]')
                 FROM email_happenings AS h WHERE h.email = e.id) AS happenings
        FROM emails AS e LEFT JOIN mailbox AS m ON m.workspace = e.workspace AND m.message_id = e.message_id
        WHERE e.workspace = ${workspace} AND e.profile = ANY(${ids}::text[])
          AND (${before}::uuid IS NULL OR e.id < ${before}::uuid)
        ORDER BY e.id DESC LIMIT ${page}`);
      yield* rows;
      if (rows.length < page) return;
      before = rows.at(-1)!.id;
    }
  });

  profiles.addExport('suppressions', async (workspace, ids) => {
    const people = await profiles.attributesOf(workspace, ids, ['email']);
    const now = [...people.values()].flatMap(({ email }) => (typeof email === 'string' ? [email] : []));
    const written = await ask(sql<{ address: string }>`
      SELECT DISTINCT address FROM emails WHERE workspace = ${workspace} AND profile = ANY(${ids}::text[])`);
    return suppressions.of(workspace, [
      ...new Set([...now, ...ids, ...written.map(({ address }) => address)]),
    ]);
  });
}
