import { sql } from 'kysely';
import type { AnyDb, AnyTransaction } from './ledger.ts';

/** How many emails a person may get within how many hours, of all campaigns of a workspace together. */
export interface FrequencyCap {
  emails: number;
  hours: number;
}

export async function readCap(db: AnyDb, workspace: string): Promise<FrequencyCap | null> {
  const { rows } = await sql<FrequencyCap>`
    SELECT emails, hours FROM frequency_caps WHERE workspace = ${workspace}`.execute(db);
  return rows[0] ?? null;
}

/** Sets the cap, which counts what went out before too, or takes it away. */
export async function writeCap(
  db: AnyDb,
  { workspace, cap, now }: { workspace: string; cap: FrequencyCap | null; now: Date },
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lock(trx, workspace);
    await sql`DELETE FROM frequency_caps WHERE workspace = ${workspace}`.execute(trx);
    await sql`DELETE FROM capped_emails WHERE workspace = ${workspace}`.execute(trx);
    if (!cap) return;
    await sql`
      INSERT INTO frequency_caps (workspace, emails, hours) VALUES (${workspace}, ${cap.emails}, ${cap.hours})`.execute(
      trx,
    );
    await sql`
      INSERT INTO capped_emails (workspace, profile, email, at)
      SELECT workspace, profile, id, coalesce(sent_at, sending_at) FROM emails
      WHERE workspace = ${workspace} AND coalesce(sent_at, sending_at) > ${before(now, cap.hours)}`.execute(
      trx,
    );
  });
}

const before = (now: Date, hours: number) => new Date(now.getTime() - hours * 3_600_000);

/** Claims of one workspace take turns from here on, whatever account they are of: they count the same people. */
const lock = (trx: AnyTransaction, workspace: string) =>
  sql`SELECT pg_advisory_xact_lock(hashtextextended(${`frequency cap ${workspace}`}, 0))`.execute(trx);

/**
 * Puts those of some claimed emails back whose person would get more than the workspace's cap allows, until enough of what the
 * person got is long enough ago; and notes the others. Emails that no cap holds for count too.
 * @returns the ids put back
 */
export async function holdBack(
  trx: AnyTransaction,
  claimed: readonly { id: string; workspace: string; profile: string }[],
  now: Date,
): Promise<Set<string>> {
  const workspace = claimed[0]?.workspace;
  const cap = workspace && (await readCap(trx, workspace));
  if (!cap) return new Set();
  await lock(trx, workspace);
  const ids = claimed.map(({ id }) => id);
  const { rows } = await sql<{ id: string }>`
    WITH claimed AS (
      SELECT id, profile, capped, row_number() OVER (PARTITION BY profile ORDER BY capped, id)::int AS place
      FROM emails WHERE id = ANY(${ids}::uuid[])
    ), before AS (
      SELECT profile, count(*)::int AS count, array_agg(at ORDER BY at) AS times
      FROM capped_emails
      WHERE workspace = ${workspace} AND profile = ANY(${claimed.map(({ profile }) => profile)}::text[])
        AND at > ${before(now, cap.hours)} AND email <> ALL(${ids}::uuid[])
      GROUP BY profile
    ), over AS (
      SELECT c.id, coalesce(b.times[c.place + b.count - ${cap.emails}::int], ${now}::timestamptz)
        + make_interval(hours => ${cap.hours}::int) AS until
      FROM claimed AS c LEFT JOIN before AS b ON b.profile = c.profile
      WHERE c.capped AND c.place + coalesce(b.count, 0) > ${cap.emails}::int
    ), noted AS (
      INSERT INTO capped_emails (workspace, profile, email, at)
      SELECT ${workspace}, profile, id, ${now} FROM claimed WHERE id NOT IN (SELECT id FROM over)
      ON CONFLICT (workspace, profile, email) DO UPDATE SET at = excluded.at
    )
    UPDATE emails AS e
    SET status = 'queued', worker = NULL, sending_at = NULL, attempts = e.attempts - 1, next_attempt_at = over.until
    FROM over WHERE e.id = over.id
    RETURNING e.id`.execute(trx);
  return new Set(rows.map(({ id }) => id));
}

/** Forgets what no cap counts any more. */
export async function forgetCapped(db: AnyDb, now: Date): Promise<void> {
  await sql`
    DELETE FROM capped_emails AS s USING frequency_caps AS c
    WHERE c.workspace = s.workspace AND s.at <= ${now}::timestamptz - make_interval(hours => c.hours)`.execute(
    db,
  );
}
