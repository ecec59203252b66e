import { sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';
import type { Mapping } from '../schema.ts';

/** An upload under way. */
export interface Upload {
  id: string;
  workspace: string;
  file_name: string;
  mapping: Mapping | null;
  max_bad_share: number | null;
  bytes: number;
  received: number;
  active_at: Date;
}

export function createUploadStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<{ import_uploads: Upload }>();
  return {
    async create(upload: Omit<Upload, 'received' | 'active_at'>): Promise<Upload> {
      const mapping = upload.mapping && sql`${JSON.stringify(upload.mapping)}::jsonb`;
      return db
        .insertInto('import_uploads')
        .values({ ...upload, mapping, active_at: clock.now() } as never)
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    find: (workspace: string, id: string): Promise<Upload | undefined> =>
      db
        .selectFrom('import_uploads')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst(),

    /** Everything before this byte is durable. Two requests may say so of the same bytes in any order. */
    async advance(id: string, received: number): Promise<void> {
      await db
        .updateTable('import_uploads')
        .set({ received: sql<number>`greatest(received, ${received}::bigint)`, active_at: clock.now() })
        .where('id', '=', id)
        .execute();
    },

    async remove(id: string): Promise<void> {
      await db.deleteFrom('import_uploads').where('id', '=', id).execute();
    },

    /** Whole, but not an import yet: whoever was to make it one was killed. */
    whole: (): Promise<Upload[]> =>
      db.selectFrom('import_uploads').selectAll().whereRef('received', '=', 'bytes').limit(100).execute(),

    /** Those of which nothing came since; they are gone. */
    abandoned: (since: Date): Promise<{ id: string }[]> =>
      db.deleteFrom('import_uploads').where('active_at', '<', since).returning('id').execute(),

    async ids(): Promise<string[]> {
      const rows = await db.selectFrom('import_uploads').select('id').execute();
      return rows.map(({ id }) => id);
    },
  };
}
