import { z } from 'zod';
import type { App, Engine } from '../engine/index.ts';
import type { Rooms } from '../rooms.ts';

const overview = z.object({
  as_of: z.string(),
  people: z.object({ total: z.number(), new_30_days: z.number() }),
  segments: z.object({ active: z.number() }),
  emails: z.object({ sent: z.number(), failed: z.number(), unsubscribed: z.number() }),
  events: z.object({ today: z.number(), last_30_days: z.number() }),
  revenue: z.object({ last_30_days: z.number() }),
});

/** What a person wants to see first, put together from the rooms. */
export function overviewRoute(app: App, engine: Engine, rooms: Rooms): void {
  app.get(
    '/api/overview',
    {
      schema: {
        tags: ['overview'],
        summary: 'The most important numbers of the workspace',
        response: { 200: overview },
      },
    },
    async ({ workspace }) => {
      const now = engine.clock.now();
      // The page says beside it what is stale: an overview that is refused would say nothing at all.
      const asker = { id: workspace.id, timezone: workspace.timezone };
      const [people, segments, emails, todays, month] = await Promise.all([
        rooms.profiles.count(workspace.id),
        rooms.segments.list(workspace.id),
        rooms.delivery.totals(workspace.id),
        rooms.metrics.query(asker, {
          question: 'totals',
          metrics: ['events'],
          from: dayOf(now, workspace.timezone),
        }),
        rooms.metrics.query(asker, { question: 'totals', metrics: ['events', 'revenue'] }),
      ]);
      return {
        as_of: now.toISOString(),
        people: { total: people.total, new_30_days: people.new_30_days },
        segments: { active: segments.length },
        emails,
        events: { today: todays.values.events ?? 0, last_30_days: month.values.events ?? 0 },
        revenue: { last_30_days: month.values.revenue ?? 0 },
      };
    },
  );
}

/** The date as clocks of the workspace show it, YYYY-MM-DD. */
const dayOf = (now: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
