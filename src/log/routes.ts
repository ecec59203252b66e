import { z } from 'zod';
import { type App, type ClickHouse, statement } from '../engine/index.ts';

const rejectedList = statement(import.meta.url, './sql/rejected_list.sql');

const rejected = z.object({
  received_at: z.string(),
  source: z.string(),
  field: z.string(),
  reason: z.string(),
  message: z.string(),
});

export function logRoutes(app: App, clickhouse: ClickHouse): void {
  app.get(
    '/api/log/rejected',
    {
      schema: {
        tags: ['log'],
        summary: 'Messages that could not be taken, and why; newest first',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
        response: { 200: z.object({ items: z.array(rejected) }) },
      },
    },
    async (request) => ({
      items: await clickhouse.rows<z.infer<typeof rejected>>(rejectedList, {
        workspace: request.workspace.id,
        limit: request.query.limit,
      }),
    }),
  );
}
