import { type ClickHouse, type Engine, statement } from '../../engine/index.ts';
import type { Hours } from '../hours/index.ts';
import type { Answer, Envelope } from './answers.ts';
import type { Asking } from './ask.ts';
import { iso } from './figures.ts';
import { type ListsOf, refuseStale, shownList } from './lists.ts';
import { parseQuestion } from './parse.ts';
import type { FunnelQuestion, Question, RetentionQuestion } from './question.ts';
import { answerRealtime } from './realtime.ts';
import { answerSeries, type Body } from './series.ts';
import { answerTop, answerTotals } from './tables.ts';
import { Turns } from './turns.ts';

export { type Answer, type AnswerTo, answerSchema } from './answers.ts';
export { csvOf } from './csv.ts';
export type { ListsOf } from './lists.ts';
export { parseQuestion } from './parse.ts';

export { type QuestionWords, questionSchema } from './schema.ts';

/** Where a question is asked: its time zone is the workspace's unless it names another. */
export interface Asker {
  id: string;
  timezone: string;
  /** Answers over lists that are too old are refused. */
  require_fresh_connections?: boolean;
}

/** Questions that are answered elsewhere (../paths). */
export interface Paths {
  funnel(asking: Asking, question: FunnelQuestion): Promise<Body<Extract<Answer, { question: 'funnel' }>>>;
  retention(
    asking: Asking,
    question: RetentionQuestion,
  ): Promise<Body<Extract<Answer, { question: 'retention' }>>>;
}

export interface QueryOptions {
  engine: Engine;
  hours: Pick<Hours, 'cover'>;
  paths: Paths;
  /** How long the oldest message waits that is not in the views yet, milliseconds. */
  lag: () => number;
  listsOf: ListsOf;
}

/** What one workspace may ask at once. */
const limits = { running: 4, waiting: 32 };

const newestReceived = statement(import.meta.url, './sql/newest_received.sql');

export type Ask = (asker: Asker, body: unknown, signal?: AbortSignal) => Promise<Answer>;

/** Answers questions. One way: parse → plan (which table answers) → SQL → run → result. */
export function createQuery({ engine, hours, paths, lag, listsOf }: QueryOptions): Ask {
  const { clickhouse, clock } = engine;
  const turns = new Turns(limits);
  return async (asker, body, signal) => {
    const now = clock.now();
    const question = parseQuestion(body, { timezone: asker.timezone, now });
    return turns.take(asker.id, signal, async () => {
      // Before the question too: a list may be in sync as of later by the time it is answered, but not of earlier.
      const lists = await listsOf(asker.id);
      if (asker.require_fresh_connections) refuseStale(lists, now);
      const asking: Asking = { clickhouse, hours, workspace: asker.id, now, signal };
      // Before the question: what is processed meanwhile may be in the answer, but nothing told of is missing.
      const countedTo = now.getTime() - lag();
      const [newest, found] = await Promise.all([
        newestOf(clickhouse, asker.id, signal),
        answerTo(asking, question, paths),
      ]);
      const { from, cover, answer } = found;
      const to = found.to ?? ('to' in question ? question.to : now.getTime());
      const sessionsTo = cover.sessionsTo.getTime();
      const envelope: Envelope = {
        as_of: now.toISOString(),
        freshness: {
          counted_to: iso(countedTo),
          sessions_to: sessionsTo === 0 ? null : iso(sessionsTo),
          session_hours_left: cover.hoursLeft,
          newest_received_at: newest,
          connections: lists.map((one) => shownList(one, now)),
        },
        sampled: false,
        timezone: question.timezone,
        from: iso(from),
        to: iso(to),
      };
      return { ...answer, ...envelope } as Answer;
    });
  };
}

function answerTo(asking: Asking, question: Question, paths: Paths): Promise<Body<Answer> & { to?: number }> {
  switch (question.question) {
    case 'series':
      return answerSeries(asking, question);
    case 'top':
      return answerTop(asking, question);
    case 'totals':
      return answerTotals(asking, question);
    case 'funnel':
      return paths.funnel(asking, question);
    case 'retention':
      return paths.retention(asking, question);
    case 'realtime':
      return answerRealtime(asking, question);
  }
}

/** When the newest message of the workspace arrived; null when there is none. */
async function newestOf(
  clickhouse: ClickHouse,
  workspace: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const [row] = await clickhouse.rows<{ received_at: number }>(
    newestReceived,
    { workspace },
    signal ? { signal } : {},
  );
  return row ? iso(row.received_at) : null;
}
