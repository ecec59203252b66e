import type { Cover } from '../hours/index.ts';
import type { AnswerTo, Envelope } from './answers.ts';
import { type Asking, countRows, coverOf } from './ask.ts';
import { figure, iso, type Point, smooth } from './figures.ts';
import type { Count, Row } from './kinds.ts';
import type { SeriesQuestion } from './question.ts';
import { otherPeriod, type Period, periodOf } from './times.ts';
import type { MetricName } from './words.ts';

/** An answer without what all answers carry, which it says what to make of: the period, and what covers it. */
export type Body<A> = { answer: Omit<A, keyof Envelope>; from: number; cover: Cover };

export async function answerSeries(
  asking: Asking,
  question: SeriesQuestion,
): Promise<Body<AnswerTo<'series'>>> {
  const { metrics, filters, interval, timezone, breakdown, compare } = question;
  const period = periodOf(question, interval);
  const other = compare && otherPeriod(period, compare, interval, timezone);
  const covered = coverOf(asking, period);
  const values = breakdown ? await topValues(asking, question, period, covered) : undefined;
  const by = breakdown ? { dimension: breakdown.dimension, values, asLines: true } : undefined;
  const count: Count = { metrics, filters, period, by };
  const [rows, others] = await Promise.all([
    countRows(asking, count, covered),
    other ? countRows(asking, { ...count, period: other }, coverOf(asking, other)) : undefined,
  ]);
  const lines = new Lines(rows, period, question.smooth);
  const otherLines = other && others ? new Lines(others, other, question.smooth) : undefined;
  const groups = groupsOf(values, rows, others ?? []);
  return {
    from: period.from,
    cover: await covered,
    answer: {
      question: 'series',
      interval,
      metrics,
      breakdown: breakdown?.dimension ?? null,
      smooth: question.smooth,
      compared: compare && other ? { with: compare, from: iso(other.from), to: iso(other.to) } : null,
      series: metrics.flatMap((metric) =>
        groups.map(({ line, group }) => ({
          metric,
          group,
          other: line === otherLine,
          ...lines.of(metric, line),
          ...(otherLines ? { compared: otherLines.of(metric, line) } : {}),
        })),
      ),
    },
  };
}

/** The line of all values that have none of their own; see By.asLines. */
const otherLine = 1;

/** The values that get lines of their own, the most frequent over the whole time first. */
async function topValues(
  asking: Asking,
  { metrics, filters, breakdown }: SeriesQuestion,
  { from, to }: Period,
  covered: Promise<Cover>,
): Promise<string[]> {
  const by = metrics[0]!;
  const rows = await countRows(
    asking,
    {
      metrics: [by],
      filters,
      period: { from, to, starts: [] },
      by: { dimension: breakdown!.dimension },
      order: { by, direction: 'descending', limit: breakdown!.limit, offset: 0 },
    },
    covered,
  );
  return rows.map(({ value }) => value ?? '');
}

function groupsOf(
  values: string[] | undefined,
  ...answers: Row[][]
): { line: number; group: string | null }[] {
  if (!values) return [{ line: 0, group: null }];
  const groups: { line: number; group: string | null }[] = values.map((group, n) => ({ line: n + 2, group }));
  const others = answers.some((rows) => rows.some(({ line }) => line === otherLine));
  return others ? [...groups, { line: otherLine, group: null }] : groups;
}

/** Rows as lines of points, where nothing is missing. */
class Lines {
  readonly #rows: ReadonlyMap<string, Row>;
  readonly #period: Period;
  readonly #smooth: number | null;

  constructor(rows: readonly Row[], period: Period, over: number | null) {
    this.#rows = new Map(rows.map((row) => [`${row.line ?? 0} ${row.bucket}`, row]));
    this.#period = period;
    this.#smooth = over;
  }

  of(metric: MetricName, line: number): { total: number | null; points: Point[] } {
    const points = this.#period.starts.map((start) => ({
      time: iso(start),
      value: figure(this.#rows.get(`${line} ${start / 1_000}`), metric),
    }));
    return {
      total: figure(this.#rows.get(`${line} 0`), metric),
      points: this.#smooth === null ? points : smooth(points, this.#smooth),
    };
  }
}
