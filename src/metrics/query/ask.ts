import { type ClickHouse, Problem, statement } from '../../engine/index.ts';
import type { Cover, Hours } from '../hours/index.ts';
import { type Count, joinsEvents, type Row, type Sources } from './kinds.ts';
import { planOf } from './plan.ts';
import type { Period } from './times.ts';

/** Whose question is being answered, when, and with what. */
export interface Asking {
  clickhouse: ClickHouse;
  hours: Pick<Hours, 'cover'>;
  workspace: string;
  now: Date;
  signal?: AbortSignal | undefined;
}

const sessionsEnd = statement(import.meta.url, './sql/sessions_end.sql');

/** Seconds a statement of a question may take, and what it may use; an aggregation larger than that spills to disk. */
const patience = 30;
export const querySettings = {
  max_execution_time: patience,
  max_memory_usage: String(1024 ** 3),
  max_bytes_before_external_group_by: String(384 * 1024 ** 2),
  max_bytes_before_external_sort: String(384 * 1024 ** 2),
  max_rows_to_read: '2000000000',
  max_result_rows: '1000000',
  // The same message is in the same partition, always: its key decides both.
  do_not_merge_across_partitions_select_final: 1,
} as const;

/**
 * Counts, and puts together what several statements answer: one row for each value or line, and interval. With an order,
 * rows are those of the metric ordered by.
 *
 * @throws Problem 503 `too_slow` or `too_large`
 */
export async function countRows(asking: Asking, count: Count, cover: Promise<Cover>): Promise<Row[]> {
  const sources = await sourcesOf(asking, count, cover);
  const { order } = count;
  if (!order) return merged(await Promise.all(planOf(count, sources).map((part) => ask(asking, part))));
  const by = order.by === 'value' ? count.metrics[0]! : order.by;
  const parts = planOf(count, sources);
  const leading = parts.find(({ metrics }) => metrics.includes(by))!;
  const rows = await ask(asking, leading);
  const rest = count.metrics.filter((metric) => !leading.metrics.includes(metric));
  if (rest.length === 0 || rows.length === 0) return rows;
  const values = rows.map(({ value }) => value ?? '');
  const others = planOf({ ...count, metrics: rest, by: { ...count.by!, values }, order: undefined }, sources);
  return merged([rows, ...(await Promise.all(others.map((part) => ask(asking, part))))]);
}

async function sourcesOf(asking: Asking, count: Count, cover: Promise<Cover>): Promise<Sources> {
  const [sources, history] = await Promise.all([
    coversOf(asking, count, cover),
    // Whether somebody is new, all events before tell.
    count.metrics.includes('new_people')
      ? asking.hours.cover(asking.workspace, new Date(0), new Date(count.period.to))
      : undefined,
  ]);
  return { ...sources, history };
}

async function coversOf(asking: Asking, count: Count, cover: Promise<Cover>): Promise<Sources> {
  const { from, to } = count.period;
  if (!joinsEvents(count)) return { cover: await cover, sessionsEnd: to };
  const { ended } = await asking.clickhouse.row<{ ended: number }>(
    sessionsEnd,
    { workspace: asking.workspace, from: new Date(from), to: new Date(to) },
    optionsOf(asking),
  );
  if (ended < to) return { cover: await cover, sessionsEnd: to };
  const wider = await asking.hours.cover(asking.workspace, new Date(from), new Date(ended + 1));
  return { cover: wider, sessionsEnd: ended };
}

type Asked = ReturnType<typeof planOf>[number];

const ask = ({ clickhouse, workspace, ...asking }: Asking, { statement, params }: Asked): Promise<Row[]> =>
  clickhouse.rows<Row>(statement, { ...params, workspace }, optionsOf(asking)).catch(tooMuch);

const optionsOf = ({ signal }: Pick<Asking, 'signal'>) => ({
  settings: querySettings,
  ...(signal ? { signal } : {}),
});

/** Rows of the same value or line and interval become one. */
function merged(answers: readonly (readonly Row[])[]): Row[] {
  if (answers.length === 1) return [...answers[0]!];
  const rows = new Map<string, Row>();
  for (const answer of answers) {
    for (const row of answer) {
      const key = `${row.value ?? row.line ?? ''}\0${row.bucket ?? ''}`;
      const known = rows.get(key);
      if (known) Object.assign(known, row);
      else rows.set(key, { ...row });
    }
  }
  return [...rows.values()];
}

/** Says what a person can do when an answer would take too much. */
export function tooMuch(error: unknown): never {
  const type = (error as { type?: string }).type;
  const hint = 'Ask for less time, or with fewer filters and dimensions.';
  if (type === 'TIMEOUT_EXCEEDED') {
    throw new Problem(503, 'too_slow', `The question could not be answered within ${patience} seconds.`, {
      hint,
      retryAfter: 60,
      cause: error,
    });
  }
  if (type === 'MEMORY_LIMIT_EXCEEDED' || type === 'TOO_MANY_ROWS' || type === 'TOO_MANY_ROWS_OR_BYTES') {
    throw new Problem(503, 'too_large', 'Answering the question would take more than one question may use.', {
      hint,
      retryAfter: 60,
      cause: error,
    });
  }
  throw error;
}

/** What covers a period. May be awaited more than once, or never. */
export function coverOf({ hours, workspace }: Asking, { from, to }: Period): Promise<Cover> {
  const cover = hours.cover(workspace, new Date(from), new Date(to));
  cover.catch(() => {});
  return cover;
}
