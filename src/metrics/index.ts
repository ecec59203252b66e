import { type Engine, type Room, statement } from '../engine/index.ts';
import { parseQuestion } from './parse.ts';
import { planSeries, planTotal } from './plan.ts';
import { metricsRoutes } from './routes.ts';
import { newest, runPlan, seriesOf } from './run.ts';
import type { EventName, Series, Words } from './schema.ts';

export type { EventName, Interval, MetricName, Series } from './schema.ts';

const eventNames = statement(import.meta.url, './sql/event_names.sql');

/** Where a question is asked: its time zone is the workspace's unless it names another. */
interface Asker {
  id: string;
  timezone: string;
}

/** Numbers over time. A question goes one way: parse → plan → SQL → run → result. */
export interface Metrics extends Room {
  /** Throws a Problem 400 naming what was not understood, or that the series is too long. */
  series(workspace: Asker, question: Words): Promise<Series>;
  /** The same over the whole time as one number (people are counted once). `interval` plays no part but for the default of `from`. */
  total(workspace: Asker, question: Words): Promise<number>;
  eventNames(workspace: string): Promise<EventName[]>;
}

export function createMetrics(engine: Engine): Metrics {
  const { clickhouse, clock } = engine;
  const metrics: Metrics = {
    name: 'metrics',
    folder: new URL('.', import.meta.url),
    routes: (app) => metricsRoutes(app, metrics),

    async series(workspace, words) {
      const asOf = clock.now();
      const question = parseQuestion(words, { timezone: workspace.timezone, now: asOf });
      const plan = planSeries(question);
      const latest = await newest(clickhouse, workspace.id);
      const values = await runPlan(clickhouse, workspace.id, plan);
      return seriesOf(question, plan, values, { asOf, newest: latest });
    },

    async total(workspace, words) {
      const question = parseQuestion(words, { timezone: workspace.timezone, now: clock.now() });
      const [value] = await runPlan(clickhouse, workspace.id, planTotal(question));
      return value ?? 0;
    },

    async eventNames(workspace) {
      const rows = await clickhouse.rows<EventName & { last_seen: number }>(eventNames, { workspace });
      return rows.map((row) => ({ ...row, last_seen: new Date(row.last_seen).toISOString() }));
    },
  };
  return metrics;
}
