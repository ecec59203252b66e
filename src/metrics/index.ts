import { type Engine, type Room, statement } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { createCharts } from './charts/index.ts';
import { createHours } from './hours/index.ts';
import { paths } from './paths/index.ts';
import { querySettings } from './query/ask.ts';
import {
  type Answer,
  type Ask,
  type Asker,
  createQuery,
  type ListsOf,
  parseQuestion,
  type QuestionWords,
} from './query/index.ts';
import { isMostlyOpen } from './query/rows.ts';
import { dimensions } from './query/words.ts';
import { metricsRoutes } from './routes.ts';
import type { EventName, Value } from './schema.ts';

export type { Answer, AnswerTo, QuestionWords } from './query/index.ts';

const eventNames = statement(import.meta.url, './sql/event_names.sql');
const eventNamesOfLog = statement(import.meta.url, './sql/event_names_of_log.sql');

/** Numbers over time, and everything asked of them. */
export interface Metrics extends Room {
  /**
   * Answers a question (POST /api/query).
   * @throws Problem 400 naming what was not understood; 429 and 503 when too much is asked
   */
  query<Q extends QuestionWords>(
    workspace: Asker,
    question: Q,
    signal?: AbortSignal,
  ): Promise<Extract<Answer, { question: Q['question'] }>>;
  /** The names of events that ever were, the most frequent first. */
  eventNames(workspace: string): Promise<EventName[]>;
  /** Values of a dimension in the last 30 days, the most frequent first. */
  values(
    workspace: Asker,
    dimension: string,
    options: { search?: string | undefined; limit: number },
    signal?: AbortSignal,
  ): Promise<Value[]>;
  /** Who knows the lists kept in sync; without, answers name none. */
  knowListsBy(listsOf: ListsOf): void;
  /** Counts ahead whatever can be, for tests and benchmarks: see Hours.settle. */
  settle(): Promise<void>;
}

export function createMetrics(engine: Engine, { log }: { log: Log }): Metrics {
  const { clickhouse, clock } = engine;
  const hours = createHours(engine, { barrier: () => log.processed() });
  let listsOf: ListsOf = async () => [];
  const ask: Ask = createQuery({
    ...{ engine, hours, paths },
    lag: () => log.health().lag_ms,
    listsOf: (workspace) => listsOf(workspace),
  });
  const charts = createCharts(engine, {
    checkQuery: ({ timezone }, query) => parseQuestion(query, { timezone, now: clock.now() }),
  });
  log.onAppend(() => hours.poke());

  const metrics: Metrics = {
    name: 'metrics',
    folder: new URL('.', import.meta.url),
    routes(app) {
      metricsRoutes(app, metrics);
      charts.routes(app);
    },
    async start() {
      hours.start();
    },
    stop: () => hours.stop(),
    settle: () => hours.settle(),
    knowListsBy: (by) => {
      listsOf = by;
    },

    query: ask as Metrics['query'],

    async eventNames(workspace) {
      const cover = await hours.cover(workspace, beginning, end);
      const open = isMostlyOpen(cover);
      const rows = await clickhouse.rows<Omit<EventName, 'last_seen'> & { last_hour: number }>(
        open ? eventNamesOfLog : eventNames,
        open ? { workspace } : { ...cover.params, workspace },
        { settings: querySettings },
      );
      return rows.map(({ last_hour, ...row }) => ({
        ...row,
        last_seen: new Date(last_hour * 1_000).toISOString(),
      }));
    },

    async values({ id, timezone }, dimension, { search, limit }, signal) {
      // Suggestions while somebody types are no numbers for a report: stale ones will do.
      const workspace = { id, timezone };
      if (dimension === 'event') {
        const names = await metrics.eventNames(workspace.id);
        const wanted = search?.toLowerCase() ?? '';
        return names
          .filter(({ name }) => name.toLowerCase().includes(wanted))
          .slice(0, limit)
          .map(({ name, count }) => ({ value: name, count }));
      }
      const metric = dimensions[dimension as 'path']?.of === 'visit' ? 'sessions' : 'events';
      const has = { dimension: dimension as 'path', operator: 'exists' } as const;
      const contains = { dimension: dimension as 'path', operator: 'contains', value: search ?? '' } as const;
      const { rows } = await metrics.query(
        workspace,
        {
          question: 'top',
          dimension: dimension as 'path',
          metrics: [metric],
          filters: search ? [has, contains] : [has],
          limit,
        },
        signal,
      );
      return rows.map((row) => ({ value: row.value, count: row.values[metric] ?? 0 }));
    },
  };
  return metrics;
}

/** All of the time that hours can have. */
const beginning = new Date('1970-01-01T00:00:00Z');
const end = new Date('2106-01-01T00:00:00Z');
