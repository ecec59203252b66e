import { type ColumnType, type Generated, type Selectable, sql } from 'kysely';
import { type Engine, notFound } from '../engine/index.ts';
import { isRelative, type Rule } from './rule.ts';

interface SegmentsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  rule: ColumnType<Rule, string, string>;
  revision: Generated<number>;
  computed_revision: Generated<number>;
  relative: boolean;
  version: Generated<number>;
  members: Generated<number>;
  as_of: Date | null;
  computing_at: Date | null;
  computing_revision: number | null;
  changes_written: Generated<boolean>;
  created_at: Date;
  updated_at: Date;
}

export type SegmentRow = Selectable<SegmentsTable>;
export type Store = ReturnType<typeof openStore>;

/** Segments in PostgreSQL: their rules, and how far each is computed. */
export function openStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<{ segments: SegmentsTable }>();
  const one = (workspace: string, id: string) =>
    db
      .selectFrom('segments')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();

  return {
    find: one,

    /** @throws Problem 404 */
    async get(workspace: string, id: string): Promise<SegmentRow> {
      const row = isUuid(id) ? await one(workspace, id) : undefined;
      if (!row) throw notFound('segment', id);
      return row;
    },

    list: (workspace: string): Promise<SegmentRow[]> =>
      db
        .selectFrom('segments')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy('name')
        .orderBy('id')
        .execute(),

    insert: (workspace: string, name: string, rule: Rule): Promise<SegmentRow> => {
      const now = clock.now();
      return db
        .insertInto('segments')
        .values({
          workspace,
          name,
          rule: JSON.stringify(rule),
          relative: isRelative(rule),
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    update: (workspace: string, id: string, change: { name?: string | undefined; rule?: Rule | undefined }) =>
      db
        .updateTable('segments')
        .set({ updated_at: clock.now() })
        .$if(change.name !== undefined, (update) => update.set({ name: change.name! }))
        .$if(change.rule !== undefined, (update) =>
          update.set((row) => ({
            rule: JSON.stringify(change.rule),
            relative: isRelative(change.rule!),
            revision: row('revision', '+', 1),
          })),
        )
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst(),

    remove: (workspace: string, id: string) =>
      db.deleteFrom('segments').where('workspace', '=', workspace).where('id', '=', id).execute(),

    /** Workspaces that have segments; of those with relative rules only, if asked. */
    async workspaces(relativeOnly: boolean): Promise<string[]> {
      const rows = await db
        .selectFrom('segments')
        .select('workspace')
        .distinct()
        .$if(relativeOnly, (query) => query.where('relative', '=', true))
        .execute();
      return rows.map(({ workspace }) => workspace);
    },

    /**
     * Runs alone among all processes for this segment. Answers undefined, without running, when another one is at
     * it, unless told to wait.
     */
    alone: <T>(id: string, wait: boolean, run: () => Promise<T>): Promise<T | undefined> =>
      db.transaction().execute(async (trx) => {
        if (wait) {
          await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`segment:${id}`}, 0))`.execute(trx);
        } else {
          const { rows } = await sql<{ got: boolean }>`
            SELECT pg_try_advisory_xact_lock(hashtextextended(${`segment:${id}`}, 0)) AS got`.execute(trx);
          if (!rows[0]?.got) return undefined;
        }
        return run();
      }),

    /** A computation begins: what it leaves behind, should it be killed, is of this time and revision. */
    begin: (id: string, at: Date, revision: number) =>
      db
        .updateTable('segments')
        .set({ computing_at: at, computing_revision: revision, changes_written: false })
        .where('id', '=', id)
        .execute(),

    /** All changes of the computation are in ClickHouse: from here it is finished, never begun again. */
    written: (id: string) =>
      db.updateTable('segments').set({ changes_written: true }).where('id', '=', id).execute(),

    /** The computation is finished. One that changed nothing (`entered` and `left` 0) keeps the version's number. */
    finish: (id: string, at: Date, { entered, left }: { entered: number; left: number }) =>
      db
        .updateTable('segments')
        .set((row) => ({
          version: row('version', '+', entered + left > 0 ? 1 : 0),
          members: row('members', '+', entered - left),
          as_of: at,
          computed_revision: sql<number>`coalesce(computing_revision, computed_revision)`,
          computing_at: null,
          computing_revision: null,
          changes_written: false,
        }))
        .where('id', '=', id)
        .execute(),
  };
}

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
