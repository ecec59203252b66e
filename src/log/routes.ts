import { z } from 'zod';
import { type App, type Engine, statement } from '../engine/index.ts';
import type { LogHealth } from './health.ts';

const rejectedList = statement(import.meta.url, './sql/rejected_list.sql');
const receivedMinutes = statement(import.meta.url, './sql/received_minutes.sql');
const rejectedReasons = statement(import.meta.url, './sql/rejected_reasons.sql');

const rejected = z.object({
  received_at: z.string(),
  source: z.string(),
  field: z.string(),
  reason: z.string(),
  message: z.string(),
});

const health = z
  .object({
    as_of: z.string(),
    lag_ms: z.number().describe('How long the oldest message not in the views yet has waited'),
    waiting_bytes: z.number().describe('Of messages not in the views yet, of the whole process'),
    processing_version: z.number().describe('The processing that derives new messages'),
    received: z
      .array(z.object({ time: z.string(), count: z.number() }))
      .describe('Messages of this workspace, by the minute they arrived in; the last 60 minutes'),
    rejected: z
      .array(z.object({ field: z.string(), reason: z.string(), count: z.number(), last: z.string() }))
      .describe('What could not be taken in the last 24 hours, by reason'),
  })
  .meta({ id: 'LogHealth' });

const minute = 60_000;

export function logRoutes(app: App, { clickhouse, clock }: Engine, healthOf: () => LogHealth): void {
  app.get(
    '/api/log/rejected',
    {
      schema: {
        tags: ['log'],
        summary: 'Messages that could not be taken, and why; newest first',
        querystring: z.object({
          limit: z.coerce.number().int().min(1).max(1_000).default(100),
          reason: z.string().max(500).optional().describe('Only those with exactly this reason'),
        }),
        response: { 200: z.object({ items: z.array(rejected) }) },
      },
    },
    async ({ workspace, query }) => ({
      items: await clickhouse.rows<z.infer<typeof rejected>>(rejectedList, {
        workspace: workspace.id,
        limit: query.limit,
        reason: query.reason ?? '',
      }),
    }),
  );

  app.get(
    '/api/log/health',
    {
      schema: {
        tags: ['log'],
        summary: 'How messages are coming in: rate, delay, and what could not be taken',
        response: { 200: health },
      },
    },
    async ({ workspace }) => {
      const now = clock.now().getTime();
      const first = Math.floor(now / minute) * minute - 59 * minute;
      const params = { workspace: workspace.id };
      const [minutes, reasons] = await Promise.all([
        clickhouse.rows<{ minute: number; count: number }>(receivedMinutes, {
          ...params,
          since: new Date(first),
        }),
        clickhouse.rows<{ field: string; reason: string; count: number; last: number }>(rejectedReasons, {
          ...params,
          since: new Date(now - 24 * 60 * minute),
        }),
      ]);
      const counts = new Map(minutes.map((row) => [row.minute * 1_000, row.count]));
      const { lag_ms, queued_bytes, processing_bytes, processing_version } = healthOf();
      return {
        as_of: new Date(now).toISOString(),
        lag_ms,
        waiting_bytes: queued_bytes + processing_bytes,
        processing_version,
        received: Array.from({ length: 60 }, (_, n) => ({
          time: new Date(first + n * minute).toISOString(),
          count: counts.get(first + n * minute) ?? 0,
        })),
        rejected: reasons.map((row) => ({ ...row, last: new Date(row.last).toISOString() })),
      };
    },
  );
}
