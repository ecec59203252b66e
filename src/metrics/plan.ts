import { Problem, type Statement, statement } from '../engine/index.ts';
import { createCalendar } from './calendar.ts';
import type { Question } from './parse.ts';
import type { MetricName } from './schema.ts';

/** The most points of one series. */
const MAX_POINTS = 5_000;

/** Which statement answers a question, with which values, and the intervals the answer has, by their beginnings. */
export interface Plan {
  statement: Statement;
  params: { event: string; interval: string; timezone: string; from: Date; to: Date };
  /** Milliseconds since 1970, ascending. */
  starts: number[];
}

const events = statement(import.meta.url, './sql/series_events.sql');
const statements: Record<MetricName, Statement> = {
  events,
  emails: events,
  people: statement(import.meta.url, './sql/series_people.sql'),
  visitors: statement(import.meta.url, './sql/series_visitors.sql'),
  revenue: statement(import.meta.url, './sql/series_revenue.sql'),
};
const nameOfEmails = 'Email Sent';

/** Throws a Problem 400 when the series would be too long. */
export function planSeries(question: Question): Plan {
  const { interval, timezone, from, to } = question;
  const calendar = createCalendar(timezone);
  const starts: number[] = [];
  for (let start = calendar.floor(from.getTime(), interval); start < to.getTime(); ) {
    if (starts.push(start) > MAX_POINTS) throw tooLong(question);
    start = calendar.next(start, interval);
  }
  return { ...planOf(question), starts, params: paramsOf(question, new Date(starts[0]!), interval) };
}

/** One number for the whole time of the question, not cut into intervals. */
export function planTotal(question: Question): Plan {
  const { from } = question;
  return { ...planOf(question), starts: [from.getTime()], params: paramsOf(question, from, 'all') };
}

const planOf = ({ metric }: Question) => ({ statement: statements[metric] });

const paramsOf = ({ metric, event, timezone, to }: Question, from: Date, interval: string) => ({
  event: metric === 'emails' ? nameOfEmails : event,
  interval,
  timezone,
  from,
  to,
});

function tooLong({ interval, from, to }: Question): Problem {
  const days = Math.ceil((to.getTime() - from.getTime()) / 86_400_000);
  const wider = interval === 'minute' && days * 24 <= MAX_POINTS ? 'hour' : 'day';
  return new Problem(
    400,
    'too_many_points',
    `By ${interval}, ${days} days are more than the ${MAX_POINTS} points a series can have.`,
    {
      field: 'interval',
      hint: interval === 'day' ? 'Ask for less time.' : `Use the interval ${wider}, or ask for less time.`,
    },
  );
}
