import { z } from 'zod';
import { dimensionNames, dimensions, intervals, metricNames, metrics, operators } from './words.ts';

/** Bounds of a question. More is answered with 400. */
export const bounds = {
  metrics: metricNames.length,
  filters: 20,
  values: 200,
  text: 500,
  /** Characters of all filters together. */
  texts: 20_000,
  points: 5_000,
  /** Of all lines of a series together. */
  cells: 100_000,
  breakdown: 20,
  rows: 1_000,
  offset: 100_000,
  smooth: 1_000,
} as const;

const list = (words: Readonly<Record<string, { description: string }>>) =>
  Object.entries(words)
    .map(([name, { description }]) => `- \`${name}\`: ${description}`)
    .join('\n');

const text = z.string().max(bounds.text);

export const metricName = z.enum(metricNames).describe(list(metrics));

export const dimensionName = z
  .union([z.enum(dimensionNames), z.templateLiteral(['property:', z.string().min(1).max(200)])])
  .describe(
    `${list(dimensions)}\n- \`property:<name>\`: a property of events, as text.\n\n` +
      'Some dimensions are of the **visit** (entry and exit page, referrer, traffic source, medium, channel, UTM): an event ' +
      'has those of the session it belongs to. A question that has one, as dimension or filter, is about the sessions that ' +
      'began in the time asked for, and everything is counted when its session began; its visitors are those who began ' +
      "these sessions (who a session's first event is of). What Rapport wrote itself belongs to no session.\n" +
      'All others are of the **event**. Metrics of sessions then count the sessions with at least one such event, but for ' +
      'hostname, device, browser, system, country and locale, where a session has those of its first event.',
  );

const filter = z
  .strictObject({
    dimension: dimensionName,
    operator: z.enum(operators),
    value: z.union([text, z.number(), z.boolean()]).optional(),
    values: z
      .array(z.union([text, z.number(), z.boolean()]))
      .min(1)
      .max(bounds.values)
      .optional()
      .describe('For `in`.'),
  })
  .describe(
    'What an event (or its session) must fulfil. Absent is the empty text. `equals`, `not_equals` and `in` compare exactly; ' +
      '`contains`, `not_contains` and `starts_with` take capitals and small letters for the same; `exists` takes no value ' +
      'and means not empty; `greater` and `less` compare a property as a number, and hold for no event where it is none.',
  );
export type FilterWords = z.output<typeof filter>;

const filters = z
  .array(filter)
  .max(bounds.filters)
  .describe(
    'All of them hold, for one and the same event. Events Rapport writes itself (Email Sent, Segment Entered …) are left ' +
      'out unless a filter names them: `event` with `equals` or `in`. ' +
      `All filters of a question together can have ${bounds.texts} characters.`,
  );

const time = z.string().max(50);
const span = {
  from: time
    .optional()
    .describe(
      'ISO 8601, or YYYY-MM-DD for the beginning of that day in the time zone. In a series moved back to where its interval ' +
        'begins. If not given: an hour, a day, 30 days, 12 weeks or 12 months before `to`, by interval; else 30 days.',
    ),
  to: time.optional().describe('The same; exclusive. Now if not given.'),
  timezone: z
    .string()
    .max(100)
    .optional()
    .describe("IANA name; the workspace's if not given. Intervals begin as clocks there show."),
};
const asked = { filters: filters.optional() };
const some = z.array(metricName).min(1).max(bounds.metrics);
const compare = z
  .enum(['previous_period', 'previous_year'])
  .optional()
  .describe(
    'previous_period: as many intervals directly before; of hours and minutes, and where there are no intervals, the same ' +
      'times as many local days before, if the time asked for begins with a day (today until now: yesterday until then), ' +
      'else as many milliseconds. previous_year: from the same local date and time a year before, as many ' +
      'intervals (by week: 52 weeks before). An interval not over yet is compared with as much of the other.',
  );

const seriesQuestion = z
  .strictObject({
    question: z.literal('series'),
    metrics: some,
    ...asked,
    interval: z.enum(intervals).describe('Weeks begin on Monday.'),
    ...span,
    compare,
    smooth: z
      .int()
      .min(2)
      .max(bounds.smooth)
      .optional()
      .describe(
        'Adds to each point the average of it and the points before it, this many in all, leaving out points without a value.',
      ),
    breakdown: z
      .strictObject({
        dimension: dimensionName,
        limit: z.int().min(1).max(bounds.breakdown).default(5),
      })
      .optional()
      .describe(
        'A line for each of the most frequent values, by the first metric over the whole time, and one for all others.',
      ),
  })
  .meta({ id: 'SeriesQuestion', title: 'Over time' });

const topQuestion = z
  .strictObject({
    question: z.literal('top'),
    dimension: dimensionName,
    metrics: some,
    ...asked,
    ...span,
    compare,
    limit: z.int().min(1).max(bounds.rows).default(10),
    offset: z.int().min(0).max(bounds.offset).default(0),
    order: z
      .strictObject({
        by: z.union([metricName, z.literal('value')]),
        direction: z.enum(['ascending', 'descending']).default('descending'),
      })
      .optional()
      .describe(
        'The first metric, descending, if not given. The same number: by value, ascending. A value of which the metric ' +
          'ordered by counts nothing may be missing.',
      ),
  })
  .meta({ id: 'TopQuestion', title: 'By dimension' });

const totalsQuestion = z
  .strictObject({ question: z.literal('totals'), metrics: some, ...asked, ...span, compare })
  .meta({ id: 'TotalsQuestion', title: 'As single numbers' });

const step = z.strictObject({ event: z.string().min(1).max(200), filters: filters.optional() });
const funnelQuestion = z
  .strictObject({
    question: z.literal('funnel'),
    steps: z.array(step).min(2).max(10),
    window: z
      .strictObject({ amount: z.int().min(1).max(1_000), unit: z.enum(['minute', 'hour', 'day', 'week']) })
      .describe('Within this long from the first step; at most 400 days.'),
    dimension: dimensionName.optional(),
    ...asked,
    ...span,
  })
  .meta({ id: 'FunnelQuestion', title: 'Steps people take in order' });

const retentionQuestion = z
  .strictObject({
    question: z.literal('retention'),
    interval: z.enum(['day', 'week', 'month']),
    first: z
      .strictObject({ event: z.string().min(1).max(200) })
      .optional()
      .describe(
        'What begins it: the first such event of a person. If not given, being seen for the first time.',
      ),
    again: z
      .strictObject({ event: z.string().min(1).max(200) })
      .optional()
      .describe('What counts as coming back. If not given, any event.'),
    ...asked,
    ...span,
  })
  .meta({ id: 'RetentionQuestion', title: 'Who comes back' });

const realtimeQuestion = z
  .strictObject({ question: z.literal('realtime'), ...asked, timezone: span.timezone })
  .meta({ id: 'RealtimeQuestion', title: 'The last 30 minutes' });

export const questionSchema = z.discriminatedUnion('question', [
  seriesQuestion,
  topQuestion,
  totalsQuestion,
  funnelQuestion,
  retentionQuestion,
  realtimeQuestion,
]);
/** As it comes in. */
export type QuestionWords = z.input<typeof questionSchema>;
/** With defaults filled in, not yet understood. */
export type CheckedWords = z.output<typeof questionSchema>;
