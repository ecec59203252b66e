import { type ColumnType, type Generated, type Kysely, type Selectable, sql } from 'kysely';
import { type Clock, type Engine, notFound } from '../engine/index.ts';
import { isRelative, type Rule } from './rule.ts';
import { Turns } from './turns.ts';

interface SegmentsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  kind: Generated<'rule' | 'static'>;
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
  seen_until: Date | null;
  whole_at: Date | null;
  seen_versions: ColumnType<Record<string, number>, string | undefined, string>;
  computing_seen: Date | null;
  computing_whole: boolean | null;
  computing_versions: ColumnType<Record<string, number> | null, string | null, string | null>;
  created_at: Date;
  updated_at: Date;
}

/** A computation, as it begins. */
export interface Begun {
  at: Date;
  revision: number;
  /** It takes in all that was received before this. */
  seen: Date;
  /** Everybody is asked. */
  whole: boolean;
  /** Of the segments it refers to. */
  versions: Record<string, number>;
}

export type SegmentRow = Selectable<SegmentsTable>;
/** What may be asked of the table, over the pool or over one connection. */
export type Queries = ReturnType<typeof queriesOver>;
export type Store = ReturnType<typeof openStore>;

type Tables = { segments: SegmentsTable };

/** Connections of the pool that all computations and removals together may hold. */
const mostHeld = 4;

/** Segments in PostgreSQL: their rules, and how far each is computed. */
export function openStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<Tables>();
  const turns = new Turns(mostHeld);
  return {
    ...queriesOver(db, clock),

    /**
     * Runs alone among all processes for this segment. Answers undefined, without running, when another one is at
     * it, unless told to wait. Who waits for this process holds no connection. `run` holds one, and must ask by `held`
     * alone: waiting for a second connection while holding one would lock the pool.
     */
    async alone<T>(id: string, wait: boolean, run: (held: Queries) => Promise<T>): Promise<T | undefined> {
      if (!wait && turns.taken(id)) return undefined;
      const key = sql`hashtextextended(${`segment:${id}`}, 0)`;
      return turns.take(id, () =>
        db.connection().execute(async (held) => {
          if (wait) {
            await sql`SELECT pg_advisory_lock(${key})`.execute(held);
          } else {
            const { rows } = await sql<{ got: boolean }>`SELECT pg_try_advisory_lock(${key}) AS got`.execute(
              held,
            );
            if (!rows[0]?.got) return undefined;
          }
          try {
            return await run(queriesOver(held, clock));
          } finally {
            // It fails only when the connection is lost, and then the server has let go by itself.
            await sql`SELECT pg_advisory_unlock(${key})`.execute(held).catch(() => {});
          }
        }),
      );
    },
  };
}

function queriesOver(db: Kysely<Tables>, clock: Clock) {
  const one = (workspace: string, id: string) =>
    db
      .selectFrom('segments')
      .selectAll()
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();

  return {
    find: one,

    /** @throws Problem 404. The row's id is as others compare it, however it was asked for. */
    async get(workspace: string, id: string): Promise<SegmentRow> {
      const row = isUuid(id) ? await one(workspace, id.toLowerCase()) : undefined;
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

    /** A static segment: its rule names itself. */
    async insertStatic(workspace: string, name: string): Promise<SegmentRow> {
      const { rows } = await sql<{ id: string }>`SELECT uuidv7() AS id`.execute(db);
      const { id } = rows[0]!;
      const now = clock.now();
      return db
        .insertInto('segments')
        .values({
          id,
          workspace,
          name,
          kind: 'static',
          rule: JSON.stringify({ picked: id } satisfies Rule),
          relative: false,
          created_at: now,
          updated_at: now,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    },

    /** Others were picked: membership has to be computed again. */
    picked: (workspace: string, id: string) =>
      db
        .updateTable('segments')
        .set((row) => ({ updated_at: clock.now(), revision: row('revision', '+', 1) }))
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .execute(),

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

    /** A computation begins: what it leaves behind, should it be killed, is of this time and revision. */
    begin: (id: string, { at, revision, seen, whole, versions }: Begun) =>
      db
        .updateTable('segments')
        .set({
          computing_at: at,
          computing_revision: revision,
          computing_seen: seen,
          computing_whole: whole,
          computing_versions: JSON.stringify(versions),
          changes_written: false,
        })
        .where('id', '=', id)
        .execute(),

    /** Nothing it depends on changed: membership is right at this time as it is. */
    seen: (id: string, at: Date, until: Date) =>
      db.updateTable('segments').set({ as_of: at, seen_until: until }).where('id', '=', id).execute(),

    /** What was known is not what it was: everybody has to be asked again. */
    forget: (workspaces: readonly string[]) =>
      db.updateTable('segments').set({ seen_until: null }).where('workspace', 'in', workspaces).execute(),

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
          seen_until: sql<Date>`computing_seen`,
          whole_at: sql<Date>`CASE WHEN computing_whole THEN computing_at ELSE whole_at END`,
          seen_versions: sql<string>`coalesce(computing_versions, seen_versions)`,
          computing_at: null,
          computing_revision: null,
          computing_seen: null,
          computing_whole: null,
          computing_versions: null,
          changes_written: false,
        }))
        .where('id', '=', id)
        .execute(),
  };
}

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
