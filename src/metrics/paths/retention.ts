import { adhoc, Problem } from '../../engine/index.ts';
import { calendarOf } from '../calendar.ts';
import type { AnswerTo } from '../query/answers.ts';
import { type Asking, coverOf, querySettings, tooMuch } from '../query/ask.ts';
import { Binder } from '../query/binder.ts';
import { iso } from '../query/figures.ts';
import type { RetentionQuestion } from '../query/question.ts';
import type { Body } from '../query/series.ts';
import { type Period, periodOf } from '../query/times.ts';
import { mostIntervals, retentionSql } from './retention_sql.ts';

interface Row {
  cohort: number;
  people: number;
  returned: number[];
}

type Retention = AnswerTo<'retention'>;

/** Who comes back; see ./index.ts for what that means. Throws a Problem 400 when there are too many intervals. */
export async function answerRetention(asking: Asking, question: RetentionQuestion): Promise<Body<Retention>> {
  const { interval, timezone } = question;
  const period = periodOf(question, interval);
  if (period.starts.length > mostIntervals) throw tooLong(question, period);
  const cover = await coverOf(asking, period);
  const bind = new Binder();
  const statement = adhoc('metrics_retention', retentionSql(question, period, cover, bind));
  const rows = await asking.clickhouse
    .rows<Row>(
      statement,
      { ...bind.params, workspace: asking.workspace },
      { settings: querySettings, ...(asking.signal ? { signal: asking.signal } : {}) },
    )
    .catch(tooMuch);
  // What has not begun is not to be told of.
  const begun = period.starts.filter((start) => start <= asking.now.getTime());
  const cohorts = cohortsOf(rows, begun);
  const last = begun.at(-1);
  const over = last !== undefined && calendarOf(timezone).next(last, interval) <= endOf(asking, period);
  const whole = begun.length - (over ? 0 : 1);
  return {
    from: period.from,
    cover,
    answer: { question: 'retention', interval, cohorts, overall: overallOf(cohorts, whole) },
  };
}

const endOf = ({ now }: Asking, { to }: Period) => Math.min(to, now.getTime());

function cohortsOf(rows: readonly Row[], starts: readonly number[]): Retention['cohorts'] {
  const known = new Map(rows.map((row) => [row.cohort, row]));
  return starts.map((start, cohort) => {
    const { people = 0, returned = [] } = known.get(cohort) ?? {};
    return {
      time: iso(start),
      people,
      returned: starts.slice(cohort).map((_, later) => {
        const back = returned[cohort + later] ?? 0;
        return { people: back, ratio: people === 0 ? null : back / people };
      }),
    };
  });
}

/** All cohorts together, so many intervals later; `whole` intervals are over. */
function overallOf(cohorts: Retention['cohorts'], whole: number): Retention['overall'] {
  return cohorts.map((_, later) => {
    const known = cohorts.slice(0, Math.max(0, whole - later));
    const people = known.reduce((sum, { returned }) => sum + (returned[later]?.people ?? 0), 0);
    const of = known.reduce((sum, cohort) => sum + cohort.people, 0);
    return { people, of, ratio: of === 0 ? null : people / of };
  });
}

function tooLong({ interval }: RetentionQuestion, { starts }: Period): Problem {
  const wider = interval === 'day' ? 'week' : 'month';
  return new Problem(
    400,
    'too_many_points',
    `By ${interval}, this is ${starts.length} intervals; retention can have ${mostIntervals}.`,
    {
      field: 'interval',
      hint: interval === 'month' ? 'Ask for less time.' : `Use the interval ${wider}, or ask for less time.`,
    },
  );
}
