import { z } from 'zod';
import { dimensionNames, dimensions, metricNames, metrics } from './query/words.ts';

export const eventNameSchema = z.object({
  name: z.string(),
  type: z.string(),
  count: z.number(),
  last_seen: z.string().describe('The beginning of the hour it was last seen in.'),
});
export type EventName = z.infer<typeof eventNameSchema>;

export const valueSchema = z.object({
  value: z.string(),
  count: z.number().describe('Events or sessions that have it.'),
});
export type Value = z.infer<typeof valueSchema>;

/** The words of questions, with what a person may be told about them. */
export const wordsSchema = z
  .object({
    metrics: z.array(
      z.object({
        name: z.enum(metricNames),
        label: z.string(),
        unit: z.enum(['count', 'ratio', 'number', 'seconds', 'money']),
        of: z.enum(['events', 'people', 'sessions']),
        description: z.string(),
      }),
    ),
    dimensions: z.array(
      z.object({
        name: z.enum(dimensionNames),
        label: z.string(),
        of: z.enum(['event', 'visit', 'both']),
        description: z.string(),
      }),
    ),
  })
  .meta({ id: 'QueryWords' });

export const words = (): z.infer<typeof wordsSchema> => ({
  metrics: metricNames.map((name) => ({ name, ...metrics[name] })),
  dimensions: dimensionNames.map((name) => ({ name, ...dimensions[name] })),
});
