import { type Generated, type Kysely, type Selectable, sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';
import type { Erasure } from './schema.ts';

interface ErasuresTable {
  id: Generated<string>;
  workspace: string;
  asked_by: string;
  status: Generated<Erasure['status']>;
  person: string | null;
  hours: number[] | null;
  removed: Record<string, number>;
  ids: number;
  created_at: Date;
  finished_at: Date | null;
}

export type ErasureRow = Selectable<ErasuresTable>;

// A type, not an interface: Kysely wants an index signature.
type Tables = {
  erasures: ErasuresTable;
  erased_ids: { workspace: string; hash: string; erasure: string };
};

const json = (value: unknown) => sql`${value == null ? null : JSON.stringify(value)}::jsonb` as never;

async function addHashes(tx: Kysely<Tables>, row: ErasureRow, hashes: readonly string[]): Promise<void> {
  await sql`
    INSERT INTO erased_ids (workspace, hash, erasure)
    SELECT ${row.workspace}, hash, ${row.id} FROM unnest(${hashes}::text[]) AS hash
    ON CONFLICT DO NOTHING`.execute(tx);
}

/** Erasures in PostgreSQL, and the hashes of the ids erased. */
export function openStore({ postgres, clock }: Pick<Engine, 'postgres' | 'clock'>) {
  const db = postgres.db.withTables<Tables>();
  return {
    /** The erasure, and from now on its ids are known; both or neither. */
    create: (
      row: Pick<ErasureRow, 'workspace' | 'asked_by' | 'person'>,
      hashes: readonly string[],
    ): Promise<ErasureRow> =>
      db.transaction().execute(async (tx) => {
        const made = await tx
          .insertInto('erasures')
          .values({ ...row, ids: hashes.length, removed: json({}), created_at: clock.now() })
          .returningAll()
          .executeTakeFirstOrThrow();
        await addHashes(tx, made, hashes);
        return made;
      }),

    find: (workspace: string, id: string): Promise<ErasureRow | undefined> =>
      db
        .selectFrom('erasures')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst(),

    list: (workspace: string): Promise<ErasureRow[]> =>
      db
        .selectFrom('erasures')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(100)
        .execute(),

    next: (): Promise<ErasureRow | undefined> =>
      db
        .selectFrom('erasures')
        .selectAll()
        .where('status', '!=', 'done')
        .orderBy('created_at')
        .orderBy('id')
        .limit(1)
        .executeTakeFirst(),

    /** Ids found later belong to the person too. */
    widen: (row: ErasureRow, person: string, hashes: readonly string[]): Promise<void> =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('erasures')
          .set({ person, ids: hashes.length })
          .where('id', '=', row.id)
          .execute();
        await addHashes(tx, row, hashes);
      }),

    async save(
      id: string,
      { hours, removed, ...change }: Partial<Omit<ErasureRow, 'id' | 'workspace'>>,
    ): Promise<void> {
      await db
        .updateTable('erasures')
        .set({
          ...change,
          ...(hours === undefined ? {} : { hours: json(hours) }),
          ...(removed === undefined ? {} : { removed: json(removed) }),
        })
        .where('id', '=', id)
        .execute();
    },

    hashes: () => db.selectFrom('erased_ids').select(['workspace', 'hash']).execute(),

    /** Lets these ids in again. Returns how many were kept out. */
    async allow(workspace: string, hashes: readonly string[]): Promise<number> {
      const done = await db
        .deleteFrom('erased_ids')
        .where('workspace', '=', workspace)
        .where('hash', 'in', [...hashes])
        .executeTakeFirst();
      return Number(done.numDeletedRows);
    },
  };
}

/** Files that a merge or a deletion replaced stay for eight minutes, as the engine's default has it. */
const filesStayMs = 10 * 60_000;

export const present = (row: ErasureRow): Erasure => ({
  id: row.id,
  status: row.status,
  ids: row.ids,
  removed: Object.entries(row.removed).map(([place, count]) => ({ place, count })),
  asked_by: row.asked_by,
  created_at: row.created_at.toISOString(),
  finished_at: row.finished_at?.toISOString() ?? null,
  bytes_gone_by: row.finished_at ? new Date(row.finished_at.getTime() + filesStayMs).toISOString() : null,
});
