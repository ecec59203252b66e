import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { AnyTransaction } from './ledger.ts';
import { type HappeningKind, isAddress } from './schema.ts';
import { storable } from './storable.ts';
import { suppress } from './suppressions.ts';
import type { DeliveryTables } from './tables.ts';
import type { Unsubscribing } from './unsubscribe.ts';

/** Something that happened to an email after a provider took it. */
export interface Happening {
  /** The ledger row. */
  email: string;
  /** `sent`: the provider took it. It settles a doubt, and is noted only where there was one. */
  kind: 'sent' | HappeningKind;
  at: Date;
  /** The same twice is one. */
  key: string;
  /** A mail scanner or a prefetch opened or clicked, and no person. */
  machine?: boolean | undefined;
  /** What was clicked. */
  url?: string | undefined;
  /** Why it bounced, in the provider's words. */
  reason?: string | undefined;
  /** Of a bounce: the address will never take an email. */
  permanent?: boolean | undefined;
  /** Where it went, as far as it was told: the ledger may not have written it yet. */
  address?: string | undefined;
}

export interface HappeningNeeds {
  engine: Engine;
  db: Kysely<DeliveryTables>;
  unsubscribing: Pick<Unsubscribing, 'tell'>;
}

const longestKey = 200;
const longestWords = 2_000;
/** Two that note the same emails, or one and a campaign's step, may wait for each other. */
const attempts = 5;
const deadlock = '40P01';

/**
 * Notes what happened to emails: several at once, in any order, any number of times. The columns of an email are always what
 * all its happenings come to. An email something happened to was sent, whatever the ledger says: it is settled so, and
 * not sent again. A permanent bounce and a complaint suppress the address, and end the campaign for the person. What
 * people did, and not machines, is told to the log. Unknown emails are passed over.
 *
 * @returns how many were new
 */
export async function noteHappenings(needs: HappeningNeeds, happenings: Happening[]): Promise<number> {
  if (happenings.length === 0) return 0;
  for (let attempt = 1; ; attempt++) {
    try {
      return await needs.db.transaction().execute((trx) => note(needs, trx, happenings));
    } catch (error) {
      if ((error as { code?: string }).code !== deadlock || attempt === attempts) throw error;
    }
  }
}

async function note({ engine, unsubscribing }: HappeningNeeds, trx: AnyTransaction, happenings: Happening[]) {
  const emails = [...new Set(happenings.map(({ email }) => email))];
  // In one order, so that two of these rarely wait for each other; and those that are gone are not referred to.
  await sql`SELECT FROM emails WHERE id = ANY(${emails}::uuid[]) ORDER BY id FOR UPDATE`.execute(trx);
  const fresh = await insert(trx, happenings);
  if (fresh.length === 0) return 0;

  const ids = [...new Set(fresh.map(({ email }) => email))];
  await settleSent(trx, ids, engine.clock.now());
  await sumUp(trx, ids, addressesOf(happenings));
  await sql`
    INSERT INTO email_results (workspace, email, kind, attempt, at, happening)
    SELECT e.workspace, h.email, h.kind, e.attempts, h.at, h.key
    FROM unnest(${fresh.map(({ email }) => email)}::uuid[], ${fresh.map(({ key }) => key)}::text[]) AS f (email, key)
    JOIN email_happenings AS h ON h.email = f.email AND h.key = f.key
    JOIN emails AS e ON e.id = h.email
    WHERE NOT h.machine AND h.kind <> 'sent' ORDER BY h.at`.execute(trx);

  const unwanted = fresh.filter(({ kind, permanent }) => permanent || kind === 'complained');
  for (const { email, kind, at } of unwanted) {
    const { rows } = await sql<{ workspace: string; campaign: string; profile: string; address: string }>`
      SELECT workspace, campaign, profile, address FROM emails WHERE id = ${email}`.execute(trx);
    const { workspace, campaign, profile, address } = rows[0]!;
    const reason = kind === 'complained' ? 'complaint' : 'bounce';
    if (address) await suppress(engine, trx, { workspace, address, reason, at, email });
    await unsubscribing.tell(trx, { workspace, campaign, profile, email });
  }
  return fresh.length;
}

type Fresh = Required<Pick<Happening, 'email' | 'key' | 'kind' | 'at' | 'permanent'>>;

async function insert(trx: AnyTransaction, happenings: Happening[]): Promise<Fresh[]> {
  const column = (pick: (happening: Happening) => unknown) => happenings.map((one) => pick(one) ?? null);
  const words = (text: string | undefined) => text && storable(text).slice(0, longestWords).toWellFormed();
  const { rows } = await sql<Fresh>`
    INSERT INTO email_happenings (email, key, kind, at, machine, url, reason, permanent)
    SELECT h.* FROM unnest(
      ${column(({ email }) => email)}::uuid[], ${column(({ key }) => keyOf(key))}::text[],
      ${column(({ kind }) => kind)}::text[], ${column(({ at }) => at)}::timestamptz[],
      ${column(({ machine }) => machine ?? false)}::boolean[], ${column(({ url }) => words(url))}::text[],
      ${column(({ reason }) => words(reason))}::text[],
      ${column(({ kind, permanent }) => kind === 'bounced' && (permanent ?? false))}::boolean[]
    ) AS h (email, key, kind, at, machine, url, reason, permanent)
    JOIN emails AS e ON e.id = h.email
    WHERE h.kind <> 'sent' OR e.status <> 'sent'
    ON CONFLICT (email, key) DO NOTHING
    RETURNING email, key, kind, at, permanent`.execute(trx);
  return rows;
}

/** It is part of a message id too. */
const keyOf = (key: string) =>
  key.length <= longestKey ? storable(key) : createHash('sha256').update(key).digest('hex');

/** Those the ledger does not know to be sent: told of before it was written, or by a provider whose answer was lost. */
async function settleSent(trx: AnyTransaction, ids: string[], now: Date): Promise<void> {
  await sql`
    WITH settled AS (
      UPDATE emails AS e
      SET status = 'sent', sent_at = least(coalesce(e.sending_at, h.at), ${now}::timestamptz), worker = NULL,
          sending_at = NULL, last_error = NULL
      FROM (SELECT email, min(at) AS at FROM email_happenings WHERE email = ANY(${ids}::uuid[]) GROUP BY email) AS h
      WHERE e.id = h.email AND e.status <> 'sent'
      RETURNING e.id, e.workspace, e.attempts, e.sent_at
    )
    INSERT INTO email_results (workspace, email, kind, attempt, at)
    SELECT workspace, id, 'sent', attempts, sent_at FROM settled`.execute(trx);
}

/** Writes what all happenings of these emails come to. */
async function sumUp(trx: AnyTransaction, ids: string[], addresses: ReadonlyMap<string, string>) {
  await sql`
    UPDATE emails AS e
    SET delivered_at = h.delivered_at, opened_at = h.opened_at, opened_by_machine_at = h.opened_by_machine_at,
        clicked_at = h.clicked_at, bounced_at = h.bounced_at, bounce_permanent = h.bounce_permanent,
        bounce_reason = h.bounce_reason, complained_at = h.complained_at,
        address = CASE WHEN e.address = '' THEN coalesce(a.address, '') ELSE e.address END
    FROM (
      SELECT email,
        min(at) FILTER (WHERE kind = 'delivered') AS delivered_at,
        min(at) FILTER (WHERE kind IN ('opened', 'clicked') AND NOT machine) AS opened_at,
        min(at) FILTER (WHERE kind = 'opened' AND machine) AS opened_by_machine_at,
        min(at) FILTER (WHERE kind = 'clicked' AND NOT machine) AS clicked_at,
        min(at) FILTER (WHERE kind = 'bounced') AS bounced_at,
        bool_or(permanent) FILTER (WHERE kind = 'bounced') AS bounce_permanent,
        -- Of the one that counts: a permanent one before others.
        (array_agg(reason ORDER BY permanent DESC, at, key) FILTER (WHERE kind = 'bounced'))[1] AS bounce_reason,
        min(at) FILTER (WHERE kind = 'complained') AS complained_at
      FROM email_happenings WHERE email = ANY(${ids}::uuid[]) GROUP BY email
    ) AS h
    LEFT JOIN unnest(${[...addresses.keys()]}::uuid[], ${[...addresses.values()]}::text[]) AS a (email, address)
      ON a.email = h.email
    WHERE e.id = h.email`.execute(trx);
}

const addressesOf = (happenings: Happening[]) =>
  new Map(
    happenings.flatMap(({ email, address }) => (isAddress(address) ? [[email, address] as const] : [])),
  );
