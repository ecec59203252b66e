import { type Kysely, sql, type Transaction } from 'kysely';
import { type Engine, notFound, Problem } from '../../engine/index.ts';
import { type ChartChange, type CreatedBy, limits, type NewChart, type Placed } from './schema.ts';
import type { ChartRow, DashboardRow, Tables } from './tables.ts';

type Queries = Kysely<Tables> | Transaction<Tables>;

/** Charts and dashboards in PostgreSQL. Everything throws a Problem 404 for an id the workspace does not have. */
export function openStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<Tables>();

  async function dashboardOf(from: Queries, workspace: string, id: string): Promise<DashboardRow> {
    const row = await one(from, 'dashboards', workspace, id).executeTakeFirst();
    if (!row) throw notFound('dashboard', id);
    return row as DashboardRow;
  }

  return {
    charts: (workspace: string): Promise<ChartRow[]> =>
      db
        .selectFrom('charts')
        .selectAll()
        .where('workspace', '=', workspace)
        .orderBy(sql`lower(name)`)
        .execute(),

    async chart(workspace: string, id: string): Promise<ChartRow> {
      const row = await one(db, 'charts', workspace, id).executeTakeFirst();
      if (!row) throw notFound('chart', id);
      return row as ChartRow;
    },

    insertChart: (workspace: string, { name, query, chart }: NewChart, by: CreatedBy): Promise<ChartRow> =>
      named('chart', name, () =>
        db.transaction().execute(async (trx) => {
          await checkRoom(trx, 'charts', workspace);
          const now = clock.now();
          return trx
            .insertInto('charts')
            .values({
              workspace,
              name,
              query: JSON.stringify(query),
              chart,
              created_by: JSON.stringify(by),
              created_at: now,
              updated_at: now,
            })
            .returningAll()
            .executeTakeFirstOrThrow();
        }),
      ),

    async updateChart(workspace: string, id: string, change: ChartChange): Promise<ChartRow> {
      const { query, ...rest } = change;
      const row = await named('chart', change.name, () =>
        db
          .updateTable('charts')
          .set({ ...rest, ...(query ? { query: JSON.stringify(query) } : {}), updated_at: clock.now() })
          .where('workspace', '=', workspace)
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst(),
      );
      if (!row) throw notFound('chart', id);
      return row;
    },

    /** Takes it off dashboards too when told so. @throws Problem 409 `chart_in_use`, naming them, when not */
    removeChart: (workspace: string, id: string, offDashboards: boolean): Promise<void> =>
      db.transaction().execute(async (trx) => {
        // Held, so that nobody lays it out on another dashboard meanwhile.
        const found = await one(trx, 'charts', workspace, id).forUpdate().executeTakeFirst();
        if (!found) throw notFound('chart', id);
        const shown = await trx
          .selectFrom('dashboards as d')
          .innerJoin('dashboard_charts as c', 'c.dashboard', 'd.id')
          .select(['d.id', 'd.name'])
          .where('c.workspace', '=', workspace)
          .where('c.chart', '=', id)
          .orderBy('d.name')
          .execute();
        if (shown.length > 0) {
          if (!offDashboards) throw inUse(shown.map(({ name }) => name));
          const ids = shown.map((dashboard) => dashboard.id);
          await trx
            .deleteFrom('dashboard_charts')
            .where('workspace', '=', workspace)
            .where('chart', '=', id)
            .execute();
          await trx
            .updateTable('dashboards')
            .set({ updated_at: clock.now() })
            .where('id', 'in', ids)
            .execute();
        }
        await trx.deleteFrom('charts').where('workspace', '=', workspace).where('id', '=', id).execute();
      }),

    /** With the number of charts on each. */
    dashboards: (workspace: string): Promise<(DashboardRow & { shown: number })[]> =>
      db
        .selectFrom('dashboards as d')
        .selectAll()
        .select((row) => [
          row
            .selectFrom('dashboard_charts as c')
            .select(sql<number>`count(*)`.as('count'))
            .whereRef('c.dashboard', '=', 'd.id')
            .$asScalar()
            .$notNull()
            .as('shown'),
        ])
        .where('workspace', '=', workspace)
        .orderBy(sql`lower(name)`)
        .execute(),

    dashboard: (workspace: string, id: string): Promise<DashboardRow> => dashboardOf(db, workspace, id),

    /** What a dashboard shows, in order, each chart whole. */
    shownOn: (workspace: string, dashboard: string): Promise<(ChartRow & Placed)[]> =>
      db
        .selectFrom('dashboard_charts as p')
        .innerJoin('charts as c', 'c.id', 'p.chart')
        .selectAll('c')
        .select(['p.width', 'p.height'])
        .where('p.workspace', '=', workspace)
        .where('p.dashboard', '=', dashboard)
        .orderBy('p.position')
        .execute(),

    insertDashboard: (
      workspace: string,
      { name, layout }: { name: string; layout: readonly Placed[] },
      by: CreatedBy,
    ): Promise<DashboardRow> =>
      named('dashboard', name, () =>
        db.transaction().execute(async (trx) => {
          await checkRoom(trx, 'dashboards', workspace);
          const now = clock.now();
          const row = await trx
            .insertInto('dashboards')
            .values({ workspace, name, created_by: JSON.stringify(by), created_at: now, updated_at: now })
            .returningAll()
            .executeTakeFirstOrThrow();
          await lay(trx, workspace, row.id, layout);
          return row;
        }),
      ),

    updateDashboard: (
      workspace: string,
      id: string,
      { name, layout }: { name?: string | undefined; layout?: readonly Placed[] | undefined },
    ): Promise<DashboardRow> =>
      named('dashboard', name, () =>
        db.transaction().execute(async (trx) => {
          // The row is written first: who lays out the same dashboard at the same time waits, and the last one wins whole.
          const row = await trx
            .updateTable('dashboards')
            .set({ ...(name === undefined ? {} : { name }), updated_at: clock.now() })
            .where('workspace', '=', workspace)
            .where('id', '=', id)
            .returningAll()
            .executeTakeFirst();
          if (!row) throw notFound('dashboard', id);
          if (layout) {
            await trx.deleteFrom('dashboard_charts').where('dashboard', '=', id).execute();
            await lay(trx, workspace, id, layout);
          }
          return row;
        }),
      ),

    async removeDashboard(workspace: string, id: string): Promise<void> {
      const { numDeletedRows } = await db
        .deleteFrom('dashboards')
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw notFound('dashboard', id);
    },
  };
}

const one = (from: Queries, table: 'charts' | 'dashboards', workspace: string, id: string) =>
  from.selectFrom(table).selectAll().where('workspace', '=', workspace).where('id', '=', id);

/** Puts charts on a dashboard that has none. @throws Problem 400 `unknown_chart` */
async function lay(
  trx: Transaction<Tables>,
  workspace: string,
  dashboard: string,
  layout: readonly Placed[],
): Promise<void> {
  if (layout.length === 0) return;
  const ids = layout.map(({ chart }) => chart);
  const found = await trx
    .selectFrom('charts')
    .select('id')
    .where('workspace', '=', workspace)
    .where('id', 'in', ids)
    // As the reference itself would, but with an error that says which.
    .forKeyShare()
    .execute();
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing >= 0) {
    throw new Problem(
      400,
      'unknown_chart',
      `There is no chart with the id "${ids[missing]}" in this workspace.`,
      {
        field: `layout[${missing}].chart`,
      },
    );
  }
  const rows = layout.map((placed, position) => ({ ...placed, position, workspace, dashboard }));
  await trx.insertInto('dashboard_charts').values(rows).execute();
}

/** Waits for others who add to the workspace, so that together they stay below the limit. */
async function checkRoom(trx: Transaction<Tables>, table: 'charts' | 'dashboards', workspace: string) {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${table}:${workspace}`}, 0))`.execute(trx);
  const { count } = await trx
    .selectFrom(table)
    .select(sql<number>`count(*)`.as('count'))
    .where('workspace', '=', workspace)
    .executeTakeFirstOrThrow();
  if (count >= limits[table]) {
    throw new Problem(409, `too_many_${table}`, `A workspace can have ${limits[table]} ${table}.`, {
      hint: 'Delete some that nobody looks at.',
    });
  }
}

/** Says that a name is taken in words. */
async function named<T>(
  what: 'chart' | 'dashboard',
  name: string | undefined,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code !== '23505' || constraint !== `${what}s_by_name`) throw error;
    throw new Problem(409, 'name_taken', `There is a ${what} named ${JSON.stringify(name)} already.`, {
      field: 'name',
      hint: 'Choose another name.',
    });
  }
}

function inUse(dashboards: readonly string[]): Problem {
  const names = dashboards.slice(0, 5).map((name) => `"${name}"`);
  if (dashboards.length > names.length) names.push(`${dashboards.length - names.length} more`);
  const which = dashboards.length === 1 ? 'the dashboard' : 'the dashboards';
  return new Problem(409, 'chart_in_use', `The chart is on ${which} ${names.join(', ')}.`, {
    hint: 'Take it off first, or delete it with ?off_dashboards=true.',
  });
}
