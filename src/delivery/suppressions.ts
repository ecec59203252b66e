import { type Kysely, sql } from 'kysely';
import { type Engine, notFound } from '../engine/index.ts';
import type { AnyTransaction } from './ledger.ts';
import type { suppressionReasons } from './schema.ts';
import type { DeliveryTables } from './tables.ts';

export type SuppressionReason = (typeof suppressionReasons)[number];

/** Which of these addresses must not be written to, lower-cased. */
export async function suppressedAmong(
  db: Kysely<DeliveryTables>,
  workspace: string,
  addresses: (string | undefined)[],
): Promise<Set<string>> {
  const asked = [...new Set(addresses.flatMap((address) => address?.toLowerCase() ?? []))];
  if (asked.length === 0) return new Set();
  const { rows } = await sql<{ address: string }>`
    SELECT address FROM suppressions WHERE workspace = ${workspace} AND address = ANY(${asked}::text[])`.execute(
    db,
  );
  return new Set(rows.map(({ address }) => address));
}

/** Adds an address; one that is there stays as it is. */
export async function suppress(
  trx: AnyTransaction | Kysely<DeliveryTables>,
  given: {
    workspace: string;
    address: string;
    reason: SuppressionReason;
    at: Date;
    email?: string | undefined;
  },
): Promise<void> {
  await sql`
    INSERT INTO suppressions (workspace, address, reason, at, email)
    VALUES (${given.workspace}, ${given.address.toLowerCase()}, ${given.reason}, ${given.at}, ${given.email ?? null})
    ON CONFLICT (workspace, address) DO NOTHING`.execute(trx);
}

export function createSuppressions(engine: Engine, db: Kysely<DeliveryTables>) {
  const view = (
    row: Pick<DeliveryTables['suppressions'], 'address' | 'reason' | 'at' | 'email'> & { id: string },
  ) => ({
    id: row.id,
    address: row.address,
    reason: row.reason,
    at: row.at.toISOString(),
    email_id: row.email,
  });
  const find = (workspace: string, address: string) =>
    db
      .selectFrom('suppressions')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('address', '=', address.toLowerCase())
      .executeTakeFirstOrThrow();

  return {
    async list(
      workspace: string,
      { search, limit, cursor }: { search?: string; limit: number; cursor?: string },
    ) {
      let query = db.selectFrom('suppressions').selectAll().where('workspace', '=', workspace);
      if (search)
        query = query.where('address', 'like', `%${search.toLowerCase().replace(/[%_\\]/g, '\\$&')}%`);
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
    async add(workspace: string, address: string, reason: SuppressionReason) {
      await suppress(db, { workspace, address, reason, at: engine.clock.now() });
      return view(await find(workspace, address));
    },
    async remove(workspace: string, id: string) {
      const done = await db
        .deleteFrom('suppressions')
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst();
      if (done.numDeletedRows === 0n) throw notFound('suppression', id);
    },
  };
}
