import { z } from 'zod';
import { dimensionName, metricName } from './schema.ts';
import { intervals } from './words.ts';

const time = z.string().describe('ISO 8601, UTC');
const value = z.number().nullable().describe('null where there is nothing to divide by');
const ratio = z.number().nullable().describe('Between 0 and 1; null where there is nothing to divide by');

/** What every answer carries. */
export const envelope = {
  as_of: time.describe('When the question was asked.'),
  freshness: z.object({
    counted_to: time.describe('Everything acknowledged before this is in events, people and sums.'),
    sessions_to: time
      .nullable()
      .describe('The same of sessions of the last three hours; null before any was built.'),
    session_hours_left: z
      .number()
      .int()
      .describe(
        'Hours before those, of the time asked for, to which messages came late that are not in sessions yet.',
      ),
    newest_received_at: time.nullable().describe('When the newest message of the workspace arrived.'),
    connections: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          as_of: time
            .nullable()
            .describe('Everything the list held then is here; null before its first sync.'),
          state: z.string(),
          stale: z.boolean().describe('Older than it may be; paused or not.'),
        }),
      )
      .describe('The lists kept in sync whose people are among those of the workspace.'),
  }),
  sampled: z.literal(false).describe('Answers count everything.'),
  timezone: z.string(),
  from: time,
  to: time.describe('Exclusive.'),
};
export type Envelope = z.infer<z.ZodObject<typeof envelope>>;

const compared = z
  .object({ with: z.enum(['previous_period', 'previous_year']), from: time, to: time })
  .nullable();
const point = z.object({
  time: time.describe('Where the interval begins.'),
  value,
  smoothed: value.optional().describe('Where smoothing was asked for: the moving average.'),
});
const values = z.record(z.string(), value).describe('By the name of the metric.');

const seriesAnswer = z
  .object({
    question: z.literal('series'),
    ...envelope,
    interval: z.enum(intervals),
    metrics: z.array(metricName),
    breakdown: dimensionName.nullable(),
    smooth: z.number().nullable(),
    compared,
    series: z.array(
      z.object({
        metric: metricName,
        group: z
          .string()
          .nullable()
          .describe('Value of the breakdown; null without one, and for all others.'),
        other: z.boolean().describe('The line of all values that have none of their own.'),
        total: value.describe('Over the whole time; people are counted once.'),
        points: z.array(point),
        compared: z
          .object({ total: value, points: z.array(point) })
          .optional()
          .describe('Point by point the other period, with its own times.'),
      }),
    ),
  })
  .meta({ id: 'SeriesAnswer' });

const topAnswer = z
  .object({
    question: z.literal('top'),
    ...envelope,
    dimension: dimensionName,
    metrics: z.array(metricName),
    compared,
    rows: z.array(
      z.object({
        value: z.string().describe('Empty where events have none.'),
        values,
        compared: values.optional(),
      }),
    ),
    more: z.boolean().describe('There are further rows; ask with offset.'),
  })
  .meta({ id: 'TopAnswer' });

const totalsAnswer = z
  .object({
    question: z.literal('totals'),
    ...envelope,
    metrics: z.array(metricName),
    compared: z
      .object({ with: z.enum(['previous_period', 'previous_year']), from: time, to: time, values })
      .nullable(),
    values,
  })
  .meta({ id: 'TotalsAnswer' });

const funnelStep = z.object({
  event: z.string(),
  people: z.number(),
  of_first: ratio.describe('Of those who took the first step.'),
  of_previous: ratio.describe('Of those who took the step before; 1 for the first.'),
  median_seconds: z
    .number()
    .nullable()
    .describe('From the step before, of those who took both; null for the first.'),
});
const funnelAnswer = z
  .object({
    question: z.literal('funnel'),
    ...envelope,
    steps: z.array(funnelStep),
    dimension: dimensionName.nullable(),
    groups: z
      .array(z.object({ value: z.string(), steps: z.array(funnelStep) }))
      .describe(
        'The same by value of the dimension at the first step, the most frequent first; empty without one.',
      ),
  })
  .meta({ id: 'FunnelAnswer' });

const retentionAnswer = z
  .object({
    question: z.literal('retention'),
    ...envelope,
    interval: z.enum(['day', 'week', 'month']),
    cohorts: z.array(
      z.object({
        time: time.describe('Where the interval of their first time begins.'),
        people: z.number(),
        returned: z
          .array(z.object({ people: z.number(), ratio }))
          .describe('In the same interval (0), the one after (1) …, up to the last one begun.'),
      }),
    ),
    overall: z
      .array(z.object({ people: z.number(), of: z.number(), ratio }))
      .describe('All cohorts together, of those whose interval has begun.'),
  })
  .meta({ id: 'RetentionAnswer' });

const active = z.array(z.object({ value: z.string(), people: z.number() }));
const realtimeAnswer = z
  .object({
    question: z.literal('realtime'),
    ...envelope,
    active_people: z.number().describe('Who did something in the last 5 minutes.'),
    people: z.number().describe('Who did something in the 30 minutes.'),
    minutes: z
      .array(z.object({ time, people: z.number(), events: z.number(), page_views: z.number() }))
      .describe('30, the last one not over yet.'),
    pages: active,
    countries: active,
    traffic_sources: active.describe('Of sessions that began in the 30 minutes.'),
    events: z.array(z.object({ value: z.string(), events: z.number() })),
  })
  .meta({ id: 'RealtimeAnswer' });

export const answerSchema = z.discriminatedUnion('question', [
  seriesAnswer,
  topAnswer,
  totalsAnswer,
  funnelAnswer,
  retentionAnswer,
  realtimeAnswer,
]);
export type Answer = z.infer<typeof answerSchema>;
export type AnswerTo<Q extends Answer['question']> = Extract<Answer, { question: Q }>;
