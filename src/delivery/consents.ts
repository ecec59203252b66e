import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { AnyDb, AnyTransaction } from './ledger.ts';
import type { ConsentStatus, ConsentWay } from './schema.ts';
import { type Consenting, hashesOf, type Keys, plain } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';

/** What an address says of the emails of a program. */
export interface Said {
  workspace: string;
  program: string;
  address: string;
  status: ConsentStatus;
  at: Date;
  how: ConsentWay;
  /** When somebody who reads what comes to the address said so, if it is certain. */
  confirmedAt?: Date | undefined;
  /** Whose events tell of it; who has the address when missing. */
  profile?: string | undefined;
  /** The email it was said by. */
  email?: string | undefined;
}

export type ConsentEvent = Pick<Said, 'workspace' | 'address' | 'at' | 'how' | 'profile' | 'email'> & {
  kind: DeliveryTables['consent_events']['kind'];
  program: string | null;
};

type Known = { id: string; status: ConsentStatus; confirmed_at: Date | null };

/**
 * Writes what was said, and the event that tells the log; the same again changes nothing.
 * A consent that is asked for again has to be confirmed again.
 *
 * @returns the row, and whether anything changed
 */
export async function say(
  keys: Keys,
  trx: AnyTransaction,
  said: Said,
): Promise<{ id: string; changed: boolean }> {
  const { workspace, program, address, status, at, how, email = null } = said;
  // Nobody else may say anything of the address meanwhile, though there is no row yet.
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`consent ${workspace} ${plain(address)}`}, 0))`.execute(
    trx,
  );
  const { rows } = await sql<Known>`
    SELECT id, status, confirmed_at FROM consents
    WHERE workspace = ${workspace} AND program = ${program}
      AND (address = ${plain(address)} OR hash = ANY(${hashesOf(keys, workspace, address)}::text[]))`.execute(
    trx,
  );
  const [before] = rows;
  const confirmed = confirmedBy(said, before);
  const confirms = status === 'subscribed' && confirmed !== null && (before?.confirmed_at ?? null) === null;
  if (before?.status === status && !confirms) return { id: before.id, changed: false };
  const {
    rows: [row],
  } = before
    ? await sql<{ id: string }>`
        UPDATE consents SET status = ${status}, at = ${at}, how = ${how}, confirmed_at = ${confirmed}, email = ${email},
               ask_at = CASE WHEN ${status} = 'pending' THEN ask_at END
        WHERE id = ${before.id} RETURNING id`.execute(trx)
    : await sql<{ id: string }>`
        INSERT INTO consents (workspace, program, address, status, at, how, confirmed_at, email)
        VALUES (${workspace}, ${program}, ${plain(address)}, ${status}, ${at}, ${how}, ${confirmed}, ${email})
        RETURNING id`.execute(trx);
  const kind = kindOf(status, before?.status === 'pending' || before?.status === status);
  await noteConsentEvent(trx, { ...said, kind });
  return { id: row!.id, changed: true };
}

function confirmedBy({ status, confirmedAt }: Said, before: Known | undefined): Date | null {
  if (status === 'pending') return null;
  const known = before?.confirmed_at ?? null;
  if (status === 'unsubscribed') return known;
  // Who left and comes back has to say so again; what was confirmed before was another consent.
  return (before?.status === 'subscribed' ? known : null) ?? confirmedAt ?? null;
}

const kindOf = (status: ConsentStatus, confirms: boolean): ConsentEvent['kind'] =>
  ({ subscribed: confirms ? 'confirmed' : 'subscribed', unsubscribed: 'unsubscribed', pending: 'requested' })[
    status
  ] as ConsentEvent['kind'];

/** An event for the log; see `consent_events.ts`. */
export async function noteConsentEvent(trx: AnyTransaction, event: ConsentEvent): Promise<void> {
  const { workspace, kind, program, address, profile = null, at, how, email = null } = event;
  await sql`
    INSERT INTO consent_events (workspace, kind, program, address, profile, at, how, email)
    VALUES (${workspace}, ${kind}, ${program}, ${plain(address)}, ${profile}, ${at}, ${how}, ${email})`.execute(
    trx,
  );
}

/** A program an address gets emails of, or might, and what is known of it. */
export type ProgramConsent = Consenting & { program: string };

/** The programs an address was written to by, or said something of. */
export async function programsOf(
  keys: Keys,
  db: AnyDb,
  { workspace, profile, address }: { workspace: string; profile: string; address: string },
): Promise<ProgramConsent[]> {
  const { rows } = await sql<ProgramConsent>`
    WITH said AS (
      SELECT program, status, confirmed_at FROM consents
      WHERE workspace = ${workspace}
        AND (address = ${plain(address)} OR hash = ANY(${hashesOf(keys, workspace, address)}::text[]))
    ), theirs AS (
      SELECT DISTINCT program FROM emails
      WHERE workspace = ${workspace} AND profile = ${profile} AND program IS NOT NULL
      UNION SELECT program FROM said
    )
    SELECT theirs.program, said.status, coalesce(p.double_opt_in, false) AS double_opt_in,
           said.confirmed_at IS NOT NULL AS confirmed
    FROM theirs LEFT JOIN said USING (program)
    LEFT JOIN program_consents AS p ON p.workspace = ${workspace} AND p.program = theirs.program`.execute(db);
  return rows;
}

/** Whether emails of a program go to confirmed addresses alone. */
export async function needsConfirming(
  db: Kysely<DeliveryTables> | AnyTransaction,
  workspace: string,
  program: string,
): Promise<boolean> {
  const { rows } = await sql<{ double_opt_in: boolean }>`
    SELECT double_opt_in FROM program_consents
    WHERE workspace = ${workspace} AND program = ${program}`.execute(db);
  return rows[0]?.double_opt_in ?? false;
}

/**
 * Consents of somebody erased stay as proofs under keyed hashes, and what is on its way to the log goes. Where a hash says
 * something already the address' own word is dropped: it is newer, but both say nothing any more.
 *
 * @returns how many were there in plain words
 */
export async function eraseConsents(
  keys: Pick<Engine, 'secrets'>,
  trx: AnyTransaction,
  { workspace, ids, addresses }: { workspace: string; ids: readonly string[]; addresses: readonly string[] },
): Promise<number> {
  const asked = [...new Set(addresses.map(plain))];
  const hashes = asked.map((address) => hashesOf(keys, workspace, address)[0]);
  await sql`
    DELETE FROM consent_events
    WHERE workspace = ${workspace} AND (profile = ANY(${ids}::text[]) OR address = ANY(${asked}::text[]))`.execute(
    trx,
  );
  const theirs = sql`FROM unnest(${asked}::text[], ${hashes}::text[]) AS t (address, hash)
    WHERE c.workspace = ${workspace} AND c.address = t.address`;
  const { numAffectedRows: hashed } = await sql`
    UPDATE consents AS c SET address = NULL, hash = t.hash, email = NULL, ask_at = NULL, asked_at = NULL
    ${theirs} AND NOT EXISTS (
      SELECT FROM consents AS h WHERE h.workspace = c.workspace AND h.program = c.program AND h.hash = t.hash)`.execute(
    trx,
  );
  const { numAffectedRows: dropped } = await sql`
    DELETE FROM consents WHERE workspace = ${workspace} AND address = ANY(${asked}::text[])`.execute(trx);
  return Number(hashed ?? 0) + Number(dropped ?? 0);
}
