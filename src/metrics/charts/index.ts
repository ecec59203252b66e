import { type App, type Engine, Problem } from '../../engine/index.ts';
import { chartRoutes } from './routes.ts';
import {
  type Chart,
  type ChartChange,
  type ChartKind,
  type CreatedBy,
  type Dashboard,
  type DashboardChange,
  type DashboardSummary,
  limits,
  type NewChart,
  type NewDashboard,
} from './schema.ts';
import { openStore } from './store.ts';
import type { ChartRow, DashboardRow } from './tables.ts';

export type { Chart, Dashboard, DashboardSummary } from './schema.ts';

interface Asker {
  id: string;
  timezone: string;
}

/**
 * Whether a value is a body of POST /api/query, and which question it asks.
 * @throws Problem 400 with the field, as the query itself would
 */
export type CheckQuery = (workspace: Asker, query: Record<string, unknown>) => { question: string };

/** Questions kept as charts, and charts laid out on dashboards. Ids of other workspaces are answered 404. */
export interface Charts {
  routes(app: App): void;
  list(workspace: string): Promise<Chart[]>;
  get(workspace: string, id: string): Promise<Chart>;
  /** @throws Problem 400 when the query is none or cannot be drawn so; 409 `name_taken`, `too_many_charts` */
  create(workspace: Asker, chart: NewChart, by: CreatedBy): Promise<Chart>;
  update(workspace: Asker, id: string, change: ChartChange): Promise<Chart>;
  /** @throws Problem 409 `chart_in_use` when it is on a dashboard, unless told to take it off */
  remove(workspace: string, id: string, offDashboards: boolean): Promise<void>;

  dashboards(workspace: string): Promise<DashboardSummary[]>;
  dashboard(workspace: string, id: string): Promise<Dashboard>;
  /** @throws Problem 400 `unknown_chart`; 409 `name_taken`, `too_many_dashboards` */
  createDashboard(workspace: string, dashboard: NewDashboard, by: CreatedBy): Promise<Dashboard>;
  updateDashboard(workspace: string, id: string, change: DashboardChange): Promise<Dashboard>;
  removeDashboard(workspace: string, id: string): Promise<void>;
}

/** What the answer to a question can be drawn as. */
const drawings: Record<string, readonly ChartKind[]> = {
  series: ['line', 'bar', 'area', 'table', 'number'],
  top: ['bar', 'table'],
  totals: ['number', 'bar', 'table'],
  funnel: ['funnel', 'table'],
  retention: ['retention', 'table'],
  realtime: ['line', 'bar', 'area', 'table', 'number'],
};

export function createCharts(engine: Engine, { checkQuery }: { checkQuery: CheckQuery }): Charts {
  const store = openStore(engine);

  function check(workspace: Asker, query: Record<string, unknown>, kind: ChartKind): void {
    checkStorable(query);
    const { question } = inField('query', () => checkQuery(workspace, query));
    const can = drawings[question] ?? [];
    if (can.includes(kind)) return;
    throw new Problem(
      400,
      'bad_chart',
      `The answer to the question ${question} cannot be drawn as ${kind}.`,
      {
        field: 'chart',
        hint: `It can be: ${can.join(', ')}.`,
      },
    );
  }

  const summaryOf = (row: DashboardRow, charts: number): DashboardSummary => ({
    id: row.id,
    name: row.name,
    url: `${engine.baseUrl}/dashboards/${row.id}`,
    charts,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  });

  async function wholeOf(row: DashboardRow): Promise<Dashboard> {
    const shown = await store.shownOn(row.workspace, row.id);
    return {
      ...summaryOf(row, shown.length),
      layout: shown.map(({ id, width, height }) => ({ chart: id, width, height })),
      charts: shown.map(chartOf),
    };
  }

  const charts: Charts = {
    routes: (app) => chartRoutes(app, charts),

    list: async (workspace) => (await store.charts(workspace)).map(chartOf),
    get: async (workspace, id) => chartOf(await store.chart(workspace, id)),

    async create(workspace, chart, by) {
      check(workspace, chart.query, chart.chart);
      return chartOf(await store.insertChart(workspace.id, chart, by));
    },

    async update(workspace, id, change) {
      if (change.query || change.chart) {
        const now = await store.chart(workspace.id, id);
        check(workspace, change.query ?? now.query, change.chart ?? now.chart);
      }
      return chartOf(await store.updateChart(workspace.id, id, change));
    },

    remove: (workspace, id, offDashboards) => store.removeChart(workspace, id, offDashboards),

    dashboards: async (workspace) =>
      (await store.dashboards(workspace)).map((row) => summaryOf(row, row.shown)),
    dashboard: async (workspace, id) => wholeOf(await store.dashboard(workspace, id)),
    createDashboard: async (workspace, dashboard, by) =>
      wholeOf(await store.insertDashboard(workspace, dashboard, by)),
    updateDashboard: async (workspace, id, change) =>
      wholeOf(await store.updateDashboard(workspace, id, change)),
    removeDashboard: (workspace, id) => store.removeDashboard(workspace, id),
  };
  return charts;
}

const chartOf = (row: ChartRow): Chart => ({
  id: row.id,
  name: row.name,
  query: row.query,
  chart: row.chart,
  created_by: row.created_by,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

/** Small enough, and of characters PostgreSQL's jsonb can hold. */
function checkStorable(query: Record<string, unknown>): void {
  const text = JSON.stringify(query);
  if (Buffer.byteLength(text) > limits.queryBytes) {
    throw new Problem(400, 'query_too_large', `A saved query may have ${limits.queryBytes} bytes of JSON.`, {
      field: 'query',
    });
  }
  if (/(?<!\\)(?:\\\\)*\\u(?:d[89a-f][0-9a-f]{2}|0000)/.test(text)) {
    throw new Problem(400, 'bad_input', 'query: must not contain U+0000 or half a character', {
      field: 'query',
    });
  }
}

/** Runs a check of an inner value; the field its Problem names is told as lying in `field`. */
function inField<T>(field: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Problem(error.status, error.code, error.message, {
      field: error.field ? `${field}.${error.field}` : field,
      ...(error.hint ? { hint: error.hint } : {}),
      cause: error,
    });
  }
}
