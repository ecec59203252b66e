import {
  type Asked,
  type AskedSeries,
  type AskedTop,
  compareBytes,
  series,
  top,
  totals,
  type Value,
} from './metrics-model.ts';
import type { World } from './metrics-model-events.ts';
import {
  type AskedFunnel,
  type AskedRetention,
  attempts,
  retention,
  type Step,
  stepsOf,
} from './metrics-model-paths.ts';

/** Puts a question to the real thing. */
export type Ask = (question: Record<string, unknown>) => Promise<unknown>;

/** A question in the model's form as it is sent. */
function wordsOf(question: string, asked: Pick<Asked, 'from' | 'to'>): Record<string, unknown> {
  return {
    question,
    ...asked,
    from: new Date(asked.from).toISOString(),
    to: new Date(asked.to).toISOString(),
  };
}

interface SeriesAnswer {
  from: string;
  compared: { from: string } | null;
  series: {
    metric: string;
    group: string | null;
    other: boolean;
    total: Value;
    points: { time: string; value: Value; smoothed?: Value }[];
    compared?: { total: Value; points: { time: string; value: Value; smoothed?: Value }[] };
  }[];
}

/** Each way in which an answer differs from the model's; none when it is right. */
export async function compareSeries(world: World, asked: AskedSeries, ask: Ask): Promise<string[]> {
  const answer = (await ask(wordsOf('series', asked))) as SeriesAnswer;
  const { lines, compared } = series(world, asked);
  const wrong: string[] = [];
  const left = new Set(answer.series);
  for (const [n, line] of lines.entries()) {
    const at = `${line.metric} of ${line.other ? 'all others' : JSON.stringify(line.group)}`;
    const found = answer.series.find(
      (other) => other.metric === line.metric && other.group === line.group && other.other === line.other,
    );
    if (!found) {
      // There need be no line for the others when there are none.
      if (!line.other || line.points.some(({ value }) => value)) wrong.push(`${at}: no line`);
      continue;
    }
    left.delete(found);
    differ(wrong, `${at} in total`, found.total, line.total);
    differPoints(wrong, at, found.points, line.points);
    const before = compared?.[n];
    if (before) {
      differ(wrong, `${at} compared, in total`, found.compared?.total, before.total);
      differPoints(wrong, `${at} compared`, found.compared?.points ?? [], before.points);
    }
  }
  for (const { metric, group } of left) wrong.push(`${metric} of ${group}: a line too many`);
  return wrong;
}

function differPoints(
  wrong: string[],
  at: string,
  found: { time: string; value: Value; smoothed?: Value }[],
  right: { time: number; value: Value; smoothed?: Value }[],
) {
  if (found.length !== right.length)
    return void wrong.push(`${at}: ${found.length} points, not ${right.length}`);
  for (const [n, point] of right.entries()) {
    const time = new Date(point.time).toISOString();
    if (found[n]!.time !== time) wrong.push(`${at}: a point at ${found[n]!.time}, not ${time}`);
    differ(wrong, `${at} at ${time}`, found[n]!.value, point.value);
    if ('smoothed' in point) differ(wrong, `${at} at ${time}, smoothed`, found[n]!.smoothed, point.smoothed);
  }
}

function differ(wrong: string[], at: string, found: Value | undefined, right: Value | undefined) {
  if (!alike(found, right)) wrong.push(`${at}: ${found}, not ${right}`);
}

/** Sums of quarters are exact; quotients differ in their last digits. */
const alike = (a: Value | undefined, b: Value | undefined) =>
  a === b ||
  (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)));

export async function compareTotals(world: World, asked: Asked, ask: Ask): Promise<string[]> {
  const answer = (await ask(wordsOf('totals', asked))) as { values: Record<string, Value> };
  const right = totals(world, asked).get('')!;
  const wrong: string[] = [];
  for (const metric of asked.metrics) differ(wrong, metric, answer.values[metric], right[metric]);
  return wrong;
}

export async function compareTop(world: World, asked: AskedTop, ask: Ask): Promise<string[]> {
  const answer = (await ask(wordsOf('top', asked))) as {
    rows: { value: string; values: Record<string, Value> }[];
    more: boolean;
  };
  const all = top(world, asked);
  const { offset = 0, limit } = asked;
  const right = all.slice(offset, offset + limit);
  const wrong: string[] = [];
  for (const [n, row] of right.entries()) {
    const found = answer.rows[n];
    if (found?.value !== row.value) {
      wrong.push(`row ${n}: ${JSON.stringify(found?.value)}, not ${JSON.stringify(row.value)}`);
      continue;
    }
    for (const metric of asked.metrics) {
      differ(wrong, `${metric} of ${JSON.stringify(row.value)}`, found.values[metric], row.values[metric]);
    }
  }
  if (answer.rows.length !== right.length) wrong.push(`${answer.rows.length} rows, not ${right.length}`);
  const more = all.length > offset + limit;
  if (answer.more !== more) wrong.push(`more is ${answer.more}, not ${more}`);
  return wrong;
}

interface FunnelAnswer {
  steps: Step[];
  groups: { value: string; steps: Step[] }[];
}

export async function compareFunnel(world: World, asked: AskedFunnel, ask: Ask): Promise<string[]> {
  const answer = (await ask(wordsOf('funnel', asked))) as FunnelAnswer;
  const all = attempts(world, asked);
  const wrong: string[] = [];
  differSteps(wrong, 'all', answer.steps, stepsOf(all, asked.steps.length));
  if (!asked.dimension) return wrong;
  const groups = [...Map.groupBy(all, ({ value }) => value)]
    .sort(([a, x], [b, y]) => y.length - x.length || compareBytes(a, b))
    .slice(0, 20);
  const values = (list: { value: string }[]) => list.map(({ value }) => value).join(', ');
  const right = groups.map(([value, list]) => ({ value, steps: stepsOf(list, asked.steps.length) }));
  if (values(answer.groups) !== values(right))
    wrong.push(`groups ${values(answer.groups)}, not ${values(right)}`);
  else
    for (const [n, { value, steps }] of right.entries())
      differSteps(wrong, value, answer.groups[n]!.steps, steps);
  return wrong;
}

function differSteps(wrong: string[], at: string, found: Step[], right: Step[]) {
  for (const [n, step] of right.entries()) {
    for (const name of ['people', 'of_first', 'of_previous', 'median_seconds'] as const) {
      differ(wrong, `${name} of step ${n + 1} of ${at}`, found[n]?.[name], step[name]);
    }
  }
}

export async function compareRetention(world: World, asked: AskedRetention, ask: Ask): Promise<string[]> {
  const answer = (await ask(wordsOf('retention', asked))) as {
    cohorts: { time: string; people: number; returned: { people: number; ratio: Value }[] }[];
  };
  const right = retention(world, asked);
  const wrong: string[] = [];
  if (answer.cohorts.length !== right.length)
    wrong.push(`cohorts: ${answer.cohorts.length}, not ${right.length}`);
  for (const [n, { people, returned }] of right.entries()) {
    const found = answer.cohorts[n];
    differ(wrong, `people of cohort ${n}`, found?.people, people);
    for (const [later, back] of returned.entries()) {
      differ(wrong, `returned of cohort ${n} after ${later}`, found?.returned[later]?.people, back);
      differ(
        wrong,
        `ratio of cohort ${n} after ${later}`,
        found?.returned[later]?.ratio,
        people ? back / people : null,
      );
    }
  }
  return wrong;
}

/** The differences of one answer in a few words: of each metric how many, and the first. */
export function inShort(wrong: readonly string[], asked: object): string[] {
  const kinds = Map.groupBy(wrong, (text) => /^\w+/.exec(text)?.[0] ?? '');
  if (kinds.size === 0) return [];
  const list = [...kinds.values()].map((list) => `${list.length} × ${list[0]}`);
  return [`${JSON.stringify(asked)}\n    ${list.join('\n    ')}`];
}
