import { z } from 'zod';

export const metricNames = ['events', 'people', 'visitors', 'revenue', 'emails'] as const;
export type MetricName = (typeof metricNames)[number];
export const intervals = ['minute', 'hour', 'day'] as const;
export type Interval = (typeof intervals)[number];

/** A question as it comes in: words, checked by `parseQuestion`, which can name the closest valid one. */
export const questionSchema = z.object({
  metric: z
    .string()
    .default('events')
    .describe(
      'events: events, all or of one name; visitors: people who did something; people: new people, by when ' +
        'they were first seen; revenue: sum of `revenue` of events; emails: emails sent.',
    ),
  event: z.string().max(200).optional().describe('Only events of this name.'),
  interval: z.string().default('day').describe('minute, hour or day'),
  timezone: z
    .string()
    .optional()
    .describe("IANA name; the workspace's if not given. Days and hours begin as clocks there show."),
  from: z
    .string()
    .optional()
    .describe(
      'ISO 8601, or YYYY-MM-DD for the beginning of that day in the time zone. Moved back to where its interval begins.',
    ),
  to: z.string().optional().describe('The same; exclusive. Now if not given.'),
});
export type Words = z.input<typeof questionSchema>;

export const seriesSchema = z
  .object({
    metric: z.enum(metricNames),
    event: z.string().nullable(),
    interval: z.enum(intervals),
    timezone: z.string(),
    from: z.string(),
    to: z.string(),
    as_of: z
      .string()
      .describe('When the question was asked. Everything acknowledged before is in the answer.'),
    newest_received_at: z.string().nullable().describe('When the newest message of the workspace arrived.'),
    points: z.array(z.object({ time: z.string().describe('Where the interval begins.'), value: z.number() })),
  })
  .meta({ id: 'Series' });
export type Series = z.infer<typeof seriesSchema>;

export const eventNameSchema = z.object({
  name: z.string(),
  type: z.string(),
  count: z.number(),
  last_seen: z.string(),
});
export type EventName = z.infer<typeof eventNameSchema>;
