import { type ClickHouse, statement } from '../engine/index.ts';
import type { Question } from './parse.ts';
import type { Plan } from './plan.ts';
import type { Series } from './schema.ts';

const newestReceived = statement(import.meta.url, './sql/newest_received.sql');

/** Runs a plan: the value of each of its intervals, 0 where nothing happened. */
export async function runPlan(clickhouse: ClickHouse, workspace: string, plan: Plan): Promise<number[]> {
  const rows = await clickhouse.rows<{ bucket: number; value: number }>(plan.statement, {
    workspace,
    ...plan.params,
  });
  const values = plan.starts.map(() => 0);
  let index = 0;
  for (const { bucket, value } of rows) {
    // Both ascend. The engine's intervals begin where ours do, but for hours where clocks move by half an hour.
    while (index + 1 < plan.starts.length && plan.starts[index + 1]! <= bucket * 1000) index++;
    values[index]! += value;
  }
  return values;
}

/** When the newest message arrived; null when there is none. */
export async function newest(clickhouse: ClickHouse, workspace: string): Promise<string | null> {
  const [row] = await clickhouse.rows<{ received_at: number }>(newestReceived, { workspace });
  return row ? new Date(row.received_at).toISOString() : null;
}

/** Puts the answer into the form it is given in. */
export function seriesOf(
  question: Question,
  plan: Plan,
  values: number[],
  freshness: { asOf: Date; newest: string | null },
): Series {
  return {
    metric: question.metric,
    event: question.event || null,
    interval: question.interval,
    timezone: question.timezone,
    from: new Date(plan.starts[0]!).toISOString(),
    to: question.to.toISOString(),
    as_of: freshness.asOf.toISOString(),
    newest_received_at: freshness.newest,
    points: plan.starts.map((start, index) => ({
      time: new Date(start).toISOString(),
      value: values[index]!,
    })),
  };
}
