import { z } from 'zod';
import { type Access, headersOf, type Workspace } from '../access/index.ts';
import { type App, type Engine, Problem } from '../engine/index.ts';
import { type Log, maxBatchBytes } from '../log/index.ts';
import { cloudEventsBody } from './documented.ts';
import { type Taken, take } from './take.ts';
import { workspaceOfWriteKey } from './write-key.ts';

/** CloudEvents 1.0, JSON format, structured mode. */
const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  source: z.string().min(1).max(1_000),
  type: z.string().min(1).max(256),
  subject: z.string().max(256).optional(),
  time: z.iso.datetime({ offset: true }).optional(),
  data: z.unknown(),
});
export type CloudEvent = z.infer<typeof cloudEvent>;

/** Takes a document into a workspace; the same event again must change nothing. Returns what was made of it. */
export type CloudEventHandler = (workspace: Workspace, event: CloudEvent) => Promise<Record<string, unknown>>;

const structured = 'application/cloudevents+json';
const batched = 'application/cloudevents-batch+json';

/**
 * Documents (programs, campaigns) change how the workspace works, so they want an API key; customer events are
 * messages like any other, and a write key will do.
 */
export async function cloudEventRoutes(
  app: App,
  engine: Engine,
  { log, access }: { log: Log; access: Access },
  handlers: ReadonlyMap<string, CloudEventHandler>,
) {
  app.addContentTypeParser(
    [structured, batched],
    { parseAs: 'string' },
    app.getDefaultJsonParser('error', 'error'),
  );

  const handlerOf = (type: string) => [...handlers].find(([suffix]) => type.endsWith(suffix))?.[1];

  app.post(
    '/v1/cloudevents',
    {
      config: { open: true, writeKey: true, documentedBody: cloudEventsBody },
      bodyLimit: maxBatchBytes,
      schema: {
        tags: ['collect'],
        summary: 'Take CloudEvents 1.0, structured or batched',
        description:
          'A type ending in `.loyalty.campaign` is a document (API key); any other is a customer event (write key).',
        response: {
          200: z.object({ success: z.literal(true), results: z.array(z.record(z.string(), z.unknown())) }),
        },
      },
    },
    async (request) => {
      const values = Array.isArray(request.body) ? request.body : [request.body];
      const events = values.map((value, n) => parse(value, Array.isArray(request.body) ? `[${n}].` : ''));
      const results: Record<string, unknown>[] = [];
      const taken: Taken = { messages: [], rejected: [] };
      for (const event of events) {
        const handler = handlerOf(event.type);
        if (handler) {
          const { actor, workspace } = await access.authenticate(headersOf(request.headers));
          if (actor.role === 'viewer') throw new Problem(403, 'forbidden', 'This key may only read.');
          results.push({ id: event.id, ...(await handler(workspace, event)) });
        } else {
          const workspace = await workspaceOfWriteKey(access, request, undefined);
          take(taken, asMessage(event), undefined, '', {
            workspace,
            source: 'http',
            receivedAt: engine.clock.now(),
          });
          results.push({ id: event.id, message: 'track' });
        }
      }
      await Promise.all([log.append(taken.messages), log.reject(taken.rejected)]);
      const [fault] = taken.rejected;
      if (fault)
        throw new Problem(400, 'bad_event', `${fault.field} ${fault.reason}`, { field: fault.field });
      return { success: true as const, results };
    },
  );
}

function parse(value: unknown, at: string): CloudEvent {
  const parsed = cloudEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = at + (issue?.path.join('.') ?? '');
  throw new Problem(400, 'bad_cloudevent', `${field || 'body'}: ${issue?.message ?? 'is not a CloudEvent'}`, {
    field,
    hint: 'CloudEvents 1.0 in JSON: specversion "1.0", id, source and type are required.',
  });
}

/** A customer event: its subject is the person, its type the event, its data the properties. */
function asMessage(event: CloudEvent): Record<string, unknown> {
  const data =
    typeof event.data === 'object' && event.data !== null ? { ...event.data } : { value: event.data };
  return {
    type: 'track',
    // CloudEvents: source and id together are unique.
    messageId: `${event.source}#${event.id}`.slice(-256),
    userId: event.subject ?? (data as { userId?: unknown }).userId,
    event: event.type,
    properties: data,
    ...(event.time ? { timestamp: event.time } : {}),
  };
}
