import { type Kysely, sql } from 'kysely';
import { type Engine, notFound, Problem } from '../engine/index.ts';
import type { AnyDb, AnyTransaction } from './ledger.ts';
import type { suppressionReasons } from './schema.ts';
import type { DeliveryTables } from './tables.ts';

export type SuppressionReason = (typeof suppressionReasons)[number];
type Keys = Pick<Engine, 'secrets'>;

/** An address as it is compared. */
const plain = (address: string) => address.trim().toLowerCase();

/** What is kept of an erased person's address: enough to know it again, and nothing that tells it. */
const hashOf = ({ secrets }: Keys, workspace: string, address: string): string =>
  secrets.sign('suppressed-addresses', `${workspace}\0${plain(address)}`);

/** Which of these addresses must not be written to, lower-cased. */
export async function suppressedAmong(
  keys: Keys,
  db: Kysely<DeliveryTables>,
  workspace: string,
  addresses: (string | undefined)[],
): Promise<Set<string>> {
  const asked = new Map<string, string>();
  for (const address of addresses) {
    if (address !== undefined) asked.set(hashOf(keys, workspace, address), plain(address));
  }
  if (asked.size === 0) return new Set();
  const { rows } = await sql<{ address: string | null; hash: string | null }>`
    SELECT address, hash FROM suppressions
    WHERE workspace = ${workspace}
      AND (address = ANY(${[...asked.values()]}::text[]) OR hash = ANY(${[...asked.keys()]}::text[]))`.execute(
    db,
  );
  return new Set(rows.map(({ address, hash }) => address ?? asked.get(hash ?? '') ?? ''));
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
      SELECT FROM suppressions WHERE workspace = ${workspace} AND hash = ${hashOf(keys, workspace, address)})
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
          addresses.map((address) => hashOf(engine, workspace, address)),
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
          or([eb('address', 'like', like), eb('hash', '=', hashOf(engine, workspace, search))]),
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
