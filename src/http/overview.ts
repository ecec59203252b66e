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

const day = 24 * 60 * 60 * 1_000;

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
      const lastMonth = { from: new Date(now.getTime() - 30 * day).toISOString(), interval: 'day' };
      const today = { from: startOfDay(now, workspace.timezone).toISOString(), interval: 'day' };
      const [people, segments, emails, todays, events, revenue] = await Promise.all([
        rooms.profiles.count(workspace.id),
        rooms.segments.list(workspace.id),
        rooms.delivery.totals(workspace.id),
        rooms.metrics.total(workspace, { metric: 'events', ...today }),
        rooms.metrics.total(workspace, { metric: 'events', ...lastMonth }),
        rooms.metrics.total(workspace, { metric: 'revenue', ...lastMonth }),
      ]);
      return {
        as_of: now.toISOString(),
        people: { total: people.total, new_30_days: people.new_30_days },
        segments: { active: segments.length },
        emails,
        events: { today: todays, last_30_days: events },
        revenue: { last_30_days: revenue },
      };
    },
  );
}

/** Midnight in the workspace's time zone. */
function startOfDay(now: Date, timeZone: string): Date {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(now);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const passed = ((of('hour') * 60 + of('minute')) * 60 + of('second')) * 1_000 + now.getMilliseconds();
  return new Date(now.getTime() - passed);
}
