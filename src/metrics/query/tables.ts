import type { AnswerTo } from './answers.ts';
import { type Asking, countRows, coverOf } from './ask.ts';
import { figures, iso } from './figures.ts';
import type { Count } from './kinds.ts';
import type { TopQuestion, TotalsQuestion } from './question.ts';
import type { Body } from './series.ts';
import { otherPeriod, periodOf } from './times.ts';

export async function answerTop(asking: Asking, question: TopQuestion): Promise<Body<AnswerTo<'top'>>> {
  const { metrics, filters, dimension, compare, limit, offset, timezone } = question;
  const period = periodOf(question, undefined);
  const other = compare && otherPeriod(period, compare, undefined, timezone);
  const covered = coverOf(asking, period);
  // One more than asked for tells whether there are more.
  const order = { ...question.order, limit: limit + 1, offset };
  const count: Count = { metrics, filters, period, by: { dimension }, order };
  const all = await countRows(asking, count, covered);
  const rows = all.slice(0, limit);
  const values = rows.map(({ value }) => value ?? '');
  const others =
    other && values.length > 0
      ? await countRows(
          asking,
          { metrics, filters, period: other, by: { dimension, values } },
          coverOf(asking, other),
        )
      : [];
  const before = new Map(others.map((row) => [row.value, row]));
  return {
    from: period.from,
    cover: await covered,
    answer: {
      question: 'top',
      dimension,
      metrics,
      compared: compare && other ? { with: compare, from: iso(other.from), to: iso(other.to) } : null,
      rows: rows.map((row) => ({
        value: row.value ?? '',
        values: figures(row, metrics),
        ...(other ? { compared: figures(before.get(row.value), metrics) } : {}),
      })),
      more: all.length > limit,
    },
  };
}

export async function answerTotals(
  asking: Asking,
  question: TotalsQuestion,
): Promise<Body<AnswerTo<'totals'>>> {
  const { metrics, filters, compare, timezone } = question;
  const period = periodOf(question, undefined);
  const other = compare && otherPeriod(period, compare, undefined, timezone);
  const covered = coverOf(asking, period);
  const [[row], before] = await Promise.all([
    countRows(asking, { metrics, filters, period }, covered),
    other ? countRows(asking, { metrics, filters, period: other }, coverOf(asking, other)) : undefined,
  ]);
  return {
    from: period.from,
    cover: await covered,
    answer: {
      question: 'totals',
      metrics,
      values: figures(row, metrics),
      compared:
        compare && other && before
          ? { with: compare, from: iso(other.from), to: iso(other.to), values: figures(before[0], metrics) }
          : null,
    },
  };
}
