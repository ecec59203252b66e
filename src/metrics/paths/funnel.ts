import { adhoc } from '../../engine/index.ts';
import type { AnswerTo } from '../query/answers.ts';
import { type Asking, coverOf, querySettings, tooMuch } from '../query/ask.ts';
import { Binder } from '../query/binder.ts';
import type { FunnelQuestion } from '../query/question.ts';
import type { Body } from '../query/series.ts';
import { funnelSql } from './funnel_sql.ts';

/** Of all people, or of one value of the dimension. */
type Row = { whole: number; value?: string } & Record<`people_${number}` | `median_${number}`, number>;

type Step = AnswerTo<'funnel'>['steps'][number];

/** How many people took steps in order; see ./index.ts for what that means. */
export async function answerFunnel(
  asking: Asking,
  question: FunnelQuestion,
): Promise<Body<AnswerTo<'funnel'>>> {
  const { from, to, window, dimension } = question;
  const cover = await coverOf(asking, { from, to: to + window, starts: [] });
  const bind = new Binder();
  const statement = adhoc('metrics_funnel', funnelSql(question, cover, bind));
  const rows = await asking.clickhouse
    .rows<Row>(
      statement,
      { ...bind.params, workspace: asking.workspace },
      { settings: querySettings, ...(asking.signal ? { signal: asking.signal } : {}) },
    )
    .catch(tooMuch);
  const whole = rows.find((row) => row.whole === 1);
  return {
    from,
    cover,
    answer: {
      question: 'funnel',
      steps: stepsOf(whole, question),
      dimension,
      groups: rows
        .filter((row) => row.whole === 0)
        .map((row) => ({ value: row.value ?? '', steps: stepsOf(row, question) })),
    },
  };
}

function stepsOf(row: Row | undefined, { steps }: FunnelQuestion): Step[] {
  const people = steps.map((_, n) => row?.[`people_${n + 1}`] ?? 0);
  const ratio = (part: number, of: number) => (of === 0 ? null : part / of);
  return steps.map(({ event }, n) => ({
    event,
    people: people[n]!,
    of_first: ratio(people[n]!, people[0]!),
    of_previous: ratio(people[n]!, people[Math.max(0, n - 1)]!),
    median_seconds: row && n > 0 && people[n]! > 0 ? row[`median_${n + 1}`]! / 1_000 : null,
  }));
}
