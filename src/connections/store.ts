import { type Kysely, sql } from 'kysely';
import { type Clock, notFound, type Postgres, Problem } from '../engine/index.ts';
import type { RunRow, Tables } from './tables.ts';

/** What tells how it stands with a connection. */
export type Standing = Awaited<ReturnType<ReturnType<typeof openStore>['standing']>>[number];

/** A connection with what its other tables say of it. */
export type Whole = Awaited<ReturnType<ReturnType<typeof openStore>['list']>>[number];

/** Connections in PostgreSQL. Whatever is asked for a workspace finds only that workspace's. */
export function openStore(postgres: Pick<Postgres, 'db'>, clock: Clock) {
  const db = postgres.db.withTables<Tables>();

  const whole = (trx: Kysely<Tables> = db) =>
    trx
      .selectFrom('connections as c')
      .selectAll('c')
      .select([
        sql<number>`coalesce(c.counted, (
          SELECT count(*) FROM connection_records AS r WHERE r.connection = c.id AND listed))`.as('records'),
        sql<number>`(SELECT count(*) FROM connection_dead_letters AS d WHERE d.connection = c.id)`.as(
          'letters',
        ),
        sql<(Omit<RunRow, 'connection' | `${string}_at` | 'as_of'> & Record<string, string>) | null>`(
          SELECT to_jsonb(r) FROM connection_runs AS r WHERE r.connection = c.id ORDER BY id DESC LIMIT 1)`.as(
          'last_run',
        ),
      ]);
  const find = (workspace: string, id: string) =>
    whole().where('workspace', '=', workspace).where('id', '=', id).executeTakeFirst();

  return {
    db,

    list: (workspace: string) => whole().where('workspace', '=', workspace).orderBy('name').execute(),

    /** Of all workspaces, or of one, for those who watch: only what tells how fresh each is. */
    standing: (workspace?: string) =>
      db
        .selectFrom('connections')
        .select([
          ...(['id', 'workspace', 'name', 'kind', 'account', 'sinks', 'every_seconds', 'cron'] as const),
          ...(['paused', 'worker', 'leased_until', 'synced_at', 'in_sync_as_of', 'created_at'] as const),
          ...(['trouble', 'failures', 'usual_ms', 'next_run_at'] as const),
        ])
        .$if(workspace !== undefined, (query) => query.where('workspace', '=', workspace!))
        .orderBy('name')
        .execute(),

    find,
    async get(workspace: string, id: string) {
      const row = await find(workspace, id);
      if (!row) throw notFound('connection', id);
      return row;
    },

    async create(row: Omit<Parameters<ReturnType<typeof insert>['values']>[0], 'created_at' | 'updated_at'>) {
      const now = clock.now();
      const made = await insert()
        .values({ ...(row as object), created_at: now, updated_at: now } as never)
        .onConflict((on) => on.columns(['workspace', 'name']).doNothing())
        .returning('id')
        .executeTakeFirst();
      if (!made) throw nameTaken();
      return made.id;
    },

    /**
     * Who runs it now loses the right to write: what it is doing was asked for differently. It keeps the lease until it has
     * noticed and stopped, or until that runs out, so that no other gives the sinks anything beside it.
     */
    async change(workspace: string, id: string, change: Record<string, unknown>) {
      try {
        const done = await db
          .updateTable('connections')
          .set({
            ...change,
            updated_at: clock.now(),
            fence: sql`fence + 1`,
          } as never)
          .where('workspace', '=', workspace)
          .where('id', '=', id)
          .executeTakeFirst();
        if (done.numUpdatedRows === 0n) throw notFound('connection', id);
      } catch (error) {
        if ((error as { code?: string }).code === '23505') throw nameTaken();
        throw error;
      }
    },

    async remove(workspace: string, id: string) {
      const done = await db
        .deleteFrom('connections')
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst();
      if (done.numDeletedRows === 0n) throw notFound('connection', id);
    },

    runs: (connection: string, limit: number, before?: string) =>
      db
        .selectFrom('connection_runs')
        .selectAll()
        .where('connection', '=', connection)
        .$if(before !== undefined, (query) => query.where('id', '<', before!))
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),

    /** Runs that changed something and were done at some time or later. */
    finishedSince: (workspace: string, since: Date) =>
      db
        .selectFrom('connection_runs as r')
        .innerJoin('connections as c', 'c.id', 'r.connection')
        .select(['r.id as run', 'r.connection', 'r.finished_at'])
        .where('c.workspace', '=', workspace)
        .where('r.status', '=', 'done')
        .where('r.finished_at', '>=', since)
        .where((where) => where.or([where('r.changed', '>', 0), where('r.removed', '>', 0)]))
        .$narrowType<{ finished_at: Date }>()
        .execute(),

    letters: (connection: string, limit: number) =>
      db
        .selectFrom('connection_dead_letters')
        .selectAll()
        .where('connection', '=', connection)
        .orderBy('id', 'desc')
        .limit(limit)
        .execute(),

    /**
     * The next run takes these records for new, and gives them to every sink again; those that were to be taken away it
     * takes for people it has not seen, and takes them away again unless they are back.
     */
    async replay(connection: string, letters: readonly string[] | undefined): Promise<number> {
      return db.transaction().execute(async (trx) => {
        await sql`UPDATE connections SET counted = NULL WHERE id = ${connection}`.execute(trx);
        const { rows } = await sql<{ record: string; operation: 'upsert' | 'remove' }>`
          DELETE FROM connection_dead_letters
          WHERE connection = ${connection} AND (${letters === undefined} OR id = ANY(${letters ?? []}::uuid[]))
          RETURNING record, operation`.execute(trx);
        await sql`
          UPDATE connection_records SET hash = ''::bytea
          WHERE connection = ${connection} AND record = ANY(${rows.map(({ record }) => record)}::text[])`.execute(
          trx,
        );
        const removals = rows.flatMap(({ record, operation }) => (operation === 'remove' ? [record] : []));
        await sql`
          INSERT INTO connection_records AS r (connection, record, hash, listed, attributes, applied_at)
          SELECT ${connection}::uuid, record, '', true, '{}', ${clock.now()}::timestamptz
          FROM unnest(${removals}::text[]) AS record
          ON CONFLICT (connection, record) DO UPDATE SET listed = true`.execute(trx);
        return rows.length;
      });
    },

    /** Old runs go: those that found nothing new after two days, the others after 90. */
    prune: () =>
      sql`
      DELETE FROM connection_runs
      WHERE (kind = 'probe' AND status = 'done' AND started_at < ${new Date(clock.now().getTime() - 2 * 86_400_000)})
        OR started_at < ${new Date(clock.now().getTime() - 90 * 86_400_000)}`.execute(db),
  };

  function insert() {
    return db.insertInto('connections');
  }
}
export type Store = ReturnType<typeof openStore>;

const nameTaken = () =>
  new Problem(409, 'name_taken', 'There is a connection of that name already.', { field: 'name' });
