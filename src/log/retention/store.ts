import { type Selectable, sql } from 'kysely';
import type { Engine } from '../../engine/index.ts';

interface RetentionsTable {
  workspace: string;
  days: number | null;
  set_by: string;
  set_at: Date;
  next_at: Date;
  deleted_to: Date | null;
  deleting_to: Date | null;
  hours: number[] | null;
}
export type RetentionRow = Selectable<RetentionsTable>;

/** Retentions in PostgreSQL. */
export function openStore({ postgres }: Pick<Engine, 'postgres'>) {
  const db = postgres.db.withTables<{ retentions: RetentionsTable }>();
  return {
    find: (workspace: string): Promise<RetentionRow | undefined> =>
      db.selectFrom('retentions').selectAll().where('workspace', '=', workspace).executeTakeFirst(),

    set: (
      row: Pick<RetentionRow, 'workspace' | 'days' | 'set_by' | 'set_at' | 'next_at'>,
    ): Promise<RetentionRow> =>
      db
        .insertInto('retentions')
        .values(row as never)
        .onConflict((conflict) => conflict.column('workspace').doUpdateSet(row))
        .returningAll()
        .executeTakeFirstOrThrow(),

    /** Those whose night has come, and those a kill left in the middle. */
    due: (now: Date): Promise<RetentionRow[]> =>
      db
        .selectFrom('retentions')
        .selectAll()
        .where((row) =>
          row.or([
            row('deleting_to', 'is not', null),
            row.and([row('days', 'is not', null), row('next_at', '<=', now)]),
          ]),
        )
        .orderBy('workspace')
        .execute(),

    async begin(workspaces: readonly string[], to: Date): Promise<void> {
      await db
        .updateTable('retentions')
        .set({ deleting_to: to })
        .where('workspace', 'in', [...workspaces])
        .execute();
    },

    /** Adds to the hours that are to be marked. */
    async addHours(found: readonly { workspace: string; hours: number[] }[]): Promise<void> {
      for (const { workspace, hours } of found) {
        await sql`
          UPDATE retentions SET hours = coalesce(hours, '[]') || ${JSON.stringify(hours)}::jsonb
          WHERE workspace = ${workspace}`.execute(db);
      }
    },

    async end(workspaces: readonly string[], to: Date, next: Date): Promise<void> {
      await db
        .updateTable('retentions')
        .set({ deleted_to: to, deleting_to: null, hours: null, next_at: next })
        .where('workspace', 'in', [...workspaces])
        .execute();
    },
  };
}
