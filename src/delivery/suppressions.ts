import { type Kysely, sql } from 'kysely';
import { type Engine, notFound, Problem } from '../engine/index.ts';
import type { AnyDb, AnyTransaction } from './ledger.ts';
import type { ConsentStatus, suppressionReasons } from './schema.ts';
import type { DeliveryTables } from './tables.ts';

export type SuppressionReason = (typeof suppressionReasons)[number];
export type Keys = Pick<Engine, 'secrets'>;

/** An address as it is compared. */
export const plain = (address: string) => address.trim().toLowerCase();

const purpose = 'suppressed-addresses';
const hashed = (workspace: string, address: string) => `${workspace}\0${plain(address)}`;

/** What is kept of an erased person's address: enough to know it again, and nothing that tells it. */
const hashOf = ({ secrets }: Keys, workspace: string, address: string): string =>
  secrets.sign(purpose, hashed(workspace, address));

/** The same, also as it was kept before the root secret was replaced: what to look for. */
export const hashesOf = ({ secrets }: Keys, workspace: string, address: string): readonly string[] =>
  secrets.signatures(purpose, hashed(workspace, address));

/** What is known of an address and a program. */
export interface Consenting {
  /** Null where nothing was said. */
  status: ConsentStatus | null;
  confirmed: boolean;
  /** The program's emails go to confirmed addresses alone. */
  double_opt_in: boolean;
}

/** Whether emails of a program may go to an address, by what was said. */
export const mayBeWritten = ({ status, double_opt_in, confirmed }: Consenting): boolean =>
  status === null ? !double_opt_in : status === 'subscribed' && (confirmed || !double_opt_in);

/** An address, and the program whose email would go there. */
export interface Asked {
  address: string | undefined;
  program: string | null;
}

/** Why an address must not be written to: at all, or with emails of this program. */
export type Blocked = 'suppressed' | 'unsubscribed' | 'unconfirmed';

interface BlockRow {
  address: string | null;
  hash: string | null;
  program: string | null;
  status: ConsentStatus | null;
  confirmed: boolean;
}

/** What stands against writing to these addresses, one by one; all that is known at one moment. */
export async function blockedAmong(
  keys: Keys,
  db: Kysely<DeliveryTables>,
  workspace: string,
  asked: readonly Asked[],
): Promise<(Blocked | undefined)[]> {
  const byHash = new Map<string, string>();
  for (const { address } of asked) {
    if (address === undefined || byHash.has(plain(address))) continue;
    for (const hash of hashesOf(keys, workspace, address)) byHash.set(hash, plain(address));
  }
  if (byHash.size === 0) return asked.map(() => undefined);
  const programs = [...new Set(asked.flatMap(({ program }) => program ?? []))];
  const theirs = sql`(address = ANY(${[...new Set(byHash.values())]}::text[]) OR hash = ANY(${[...byHash.keys()]}::text[]))`;
  const { rows } = await sql<BlockRow>`
    SELECT address, hash, NULL::uuid AS program, NULL AS status, false AS confirmed
    FROM suppressions WHERE workspace = ${workspace} AND ${theirs}
    UNION ALL
    SELECT address, hash, program, status, confirmed_at IS NOT NULL
    FROM consents WHERE workspace = ${workspace} AND program = ANY(${programs}::uuid[]) AND ${theirs}
    UNION ALL
    SELECT NULL, NULL, program, NULL, false
    FROM program_consents WHERE workspace = ${workspace} AND program = ANY(${programs}::uuid[]) AND double_opt_in`.execute(
    db,
  );
  const suppressed = new Set<string>();
  const said = new Map<string, BlockRow>();
  const confirming = new Set<string>();
  for (const row of rows) {
    const address = row.address ?? byHash.get(row.hash ?? '');
    if (address === undefined) confirming.add(row.program ?? '');
    else if (row.program === null) suppressed.add(address);
    else said.set(`${row.program} ${address}`, row);
  }
  return asked.map(({ address, program }) => {
    if (address === undefined) return undefined;
    if (suppressed.has(plain(address))) return 'suppressed';
    if (program === null) return undefined;
    const { status = null, confirmed = false } = said.get(`${program} ${plain(address)}`) ?? {};
    if (status === 'unsubscribed') return 'unsubscribed';
    const may = mayBeWritten({ status, confirmed, double_opt_in: confirming.has(program) });
    return may ? undefined : 'unconfirmed';
  });
}

/** Is another text whenever other addresses may be suppressed: how many there are, and the newest. */
export async function suppressionsAsOf(db: Kysely<DeliveryTables>, workspace: string): Promise<string> {
  const { rows } = await sql<{ stamp: string }>`
    SELECT count(*) || ' ' || coalesce(max(id::text), '') AS stamp FROM suppressions
    WHERE workspace = ${workspace}`.execute(db);
  return rows[0]?.stamp ?? '';
}

/** Adds an address; one that is there stays as it is, be it as a hash. */
export async function suppress(
  keys: Keys,
  trx: AnyTransaction | Kysely<DeliveryTables>,
  given: {
    workspace: string;
    address: string;
    reason: SuppressionReason;
    at: Date;
    email?: string | undefined;
  },
): Promise<void> {
  const { workspace, address, reason, at, email } = given;
  await sql`
    INSERT INTO suppressions (workspace, address, reason, at, email)
    SELECT ${workspace}, ${plain(address)}, ${reason}, ${at}, ${email ?? null}
    WHERE NOT EXISTS (
      SELECT FROM suppressions WHERE workspace = ${workspace} AND hash = ANY(${hashesOf(keys, workspace, address)}::text[]))
    ON CONFLICT (workspace, address) DO NOTHING`.execute(trx);
}

/**
 * Addresses of somebody erased: never written to, under whatever id they are known, and kept as hashes alone.
 *
 * @returns how many were there in plain words
 */
export async function suppressErased(
  keys: Keys,
  db: AnyDb,
  { workspace, addresses, at }: { workspace: string; addresses: readonly string[]; at: Date },
): Promise<number> {
  const hashes = addresses.map((address) => hashOf(keys, workspace, address));
  await sql`
    INSERT INTO suppressions (workspace, hash, reason, at)
    SELECT ${workspace}, hash, 'erased', ${at} FROM unnest(${hashes}::text[]) AS hash
    ON CONFLICT (workspace, hash) DO NOTHING`.execute(db);
  const { numAffectedRows } = await sql`
    DELETE FROM suppressions
    WHERE workspace = ${workspace} AND address = ANY(${addresses.map(plain)}::text[])`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export function createSuppressions(engine: Engine, db: Kysely<DeliveryTables>) {
  type Row = Pick<DeliveryTables['suppressions'], 'address' | 'reason' | 'at' | 'email'> & { id: string };
  const view = (row: Row) => ({
    id: row.id,
    address: row.address,
    reason: row.reason,
    at: row.at.toISOString(),
    email_id: row.email,
  });
  const columns = ['id', 'address', 'reason', 'at', 'email'] as const;
  const of = (workspace: string) =>
    db.selectFrom('suppressions').select(columns).where('workspace', '=', workspace);
  const among = (workspace: string, addresses: readonly string[]) =>
    of(workspace).where(({ eb, or }) =>
      or([
        eb('address', 'in', addresses.map(plain)),
        eb(
          'hash',
          'in',
          addresses.flatMap((address) => hashesOf(engine, workspace, address)),
        ),
      ]),
    );

  return {
    /** A search for a whole address finds it as a hash too. */
    async list(
      workspace: string,
      { search, limit, cursor }: { search?: string; limit: number; cursor?: string },
    ) {
      let query = of(workspace);
      if (search) {
        const like = `%${search.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`;
        query = query.where(({ eb, or }) =>
          or([eb('address', 'like', like), eb('hash', 'in', hashesOf(engine, workspace, search))]),
        );
      }
      if (cursor) query = query.where('id', '<', cursor);
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return {
        items: rows.slice(0, limit).map(view),
        next_cursor: rows.length > limit ? rows[limit - 1]!.id : null,
      };
    },
    /** Those of some addresses that are suppressed. */
    async of(workspace: string, addresses: readonly string[]) {
      if (addresses.length === 0) return [];
      return (await among(workspace, addresses).orderBy('id').execute()).map(view);
    },
    async add(workspace: string, address: string, reason: SuppressionReason) {
      await suppress(engine, db, { workspace, address, reason, at: engine.clock.now() });
      return view(await among(workspace, [address]).executeTakeFirstOrThrow());
    },
    async remove(workspace: string, id: string) {
      const done = await db
        .deleteFrom('suppressions')
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('hash', 'is', null)
        .executeTakeFirst();
      if (done.numDeletedRows > 0n) return;
      if (!(await of(workspace).where('id', '=', id).executeTakeFirst())) throw notFound('suppression', id);
      throw new Problem(409, 'erased', 'The address of somebody who was erased stays suppressed.');
    },
  };
}

export type Suppressions = ReturnType<typeof createSuppressions>;

/** Lets an address be written to again that itself said it wanted nothing. @returns whether it had */
export async function wantsAgain(
  trx: AnyTransaction,
  { workspace, address }: { workspace: string; address: string },
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    DELETE FROM suppressions
    WHERE workspace = ${workspace} AND address = ${plain(address)} AND reason = 'unsubscribe'`.execute(trx);
  return Number(numAffectedRows ?? 0) > 0;
}

/** Why an address gets no email at all; undefined when it may. */
export async function suppressionOf(
  keys: Keys,
  db: AnyDb,
  workspace: string,
  address: string,
): Promise<DeliveryTables['suppressions']['reason'] | undefined> {
  const { rows } = await sql<Pick<DeliveryTables['suppressions'], 'reason'>>`
    SELECT reason FROM suppressions
    WHERE workspace = ${workspace}
      AND (address = ${plain(address)} OR hash = ANY(${hashesOf(keys, workspace, address)}::text[]))
    ORDER BY hash NULLS LAST LIMIT 1`.execute(db);
  return rows[0]?.reason;
}
