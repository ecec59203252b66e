import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Consents } from './consent_list.ts';
import { createSuppressions, type Suppressions } from './suppressions.ts';
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

  profiles.addExport('suppressions', async (workspace, ids) =>
    suppressions.of(workspace, await addressesOf(db, profiles, workspace, ids)),
  );
}

type Db = Kysely<DeliveryTables>;

/** Every address somebody has, is known by, or was written to at. */
async function addressesOf(
  db: Db,
  profiles: Pick<Profiles, 'attributesOf'>,
  workspace: string,
  ids: readonly string[],
): Promise<string[]> {
  const people = await profiles.attributesOf(workspace, ids, ['email']);
  const now = [...people.values()].flatMap(({ email }) => (typeof email === 'string' ? [email] : []));
  const { rows } = await sql<{ address: string }>`
    SELECT DISTINCT address FROM emails WHERE workspace = ${workspace} AND profile = ANY(${[...ids]}::text[])`.execute(
    db,
  );
  return [...new Set([...now, ...ids, ...rows.map(({ address }) => address)])];
}

/** The page of a person shows what their addresses said, and why none is written to. */
export function showConsentsOf(
  db: Db,
  profiles: Pick<Profiles, 'addPanel' | 'attributesOf'>,
  { consents, suppressions }: { consents: Pick<Consents, 'of'>; suppressions: Pick<Suppressions, 'of'> },
): void {
  profiles.addPanel('consents', async (workspace, _id, ids) => {
    const addresses = await addressesOf(db, profiles, workspace, ids);
    const [said, never] = await Promise.all([
      consents.of(workspace, addresses),
      suppressions.of(workspace, addresses),
    ]);
    return [
      ...never.map(({ address, reason, at }) => ({
        address: address ?? '',
        ...{ program_id: null, program: null, status: reason, time: at, how: null, confirmed_at: null },
      })),
      ...said.map(({ address, program_id, program_name, status, at, how, confirmed_at }) => ({
        address: address ?? '',
        ...{ program_id, program: program_name, status, time: at, how, confirmed_at },
      })),
    ];
  });
}
