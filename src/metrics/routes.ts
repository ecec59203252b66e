import { z } from 'zod';
import type { App } from '../engine/index.ts';
import type { Metrics } from './index.ts';
import { eventNameSchema, questionSchema, seriesSchema } from './schema.ts';

const tags = ['metrics'];

export function metricsRoutes(app: App, metrics: Metrics): void {
  app.get(
    '/api/metrics/series',
    {
      schema: {
        tags,
        summary:
          'A number over time, by minute, hour or day in a time zone; intervals without anything are 0',
        querystring: questionSchema,
        response: { 200: seriesSchema },
      },
    },
    ({ workspace, query }) => metrics.series(workspace, query),
  );

  app.get(
    '/api/metrics/events',
    {
      schema: {
        tags,
        summary: 'The names of events, how often each, and when last; the most frequent 1,000',
        response: { 200: z.object({ items: z.array(eventNameSchema) }) },
      },
    },
    async ({ workspace }) => ({ items: await metrics.eventNames(workspace.id) }),
  );
}
