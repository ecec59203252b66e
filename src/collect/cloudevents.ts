import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Workspace } from '../access/index.ts';
import { type App, type Engine, Problem } from '../engine/index.ts';
import { cloudEventsBody } from './documented.ts';
import { bodyByKey, hasApiKey, maxDocumentBytes } from './large.ts';
import type { Collecting } from './routes.ts';
import { type Envelope, shown, type Taken, take } from './take.ts';
import { writeKeyOf } from './write-key.ts';

/** CloudEvents 1.0: the attributes every event has. Further ones are extensions. */
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

/** Where to a request may send. With a write key it may send no documents, and then its workspace is but an id. */
interface Sending {
  to: string;
  workspace?: Workspace;
}

/**
 * Documents (programs, campaigns) change how the workspace works, so they want an API key; customer events are
 * messages like any other, and a write key will do. A single event that is wrong is refused; of a batch the rest is
 * taken, and what is wrong is kept with its reason.
 */
export async function cloudEventRoutes(
  app: App,
  engine: Engine,
  collecting: Collecting,
  handlers: ReadonlyMap<string, CloudEventHandler>,
) {
  const { log, access, limits } = collecting;
  const json = app.getDefaultJsonParser('error', 'error');
  // Structured and batched mode have their own content types; in binary mode it is that of the data.
  app.addContentTypeParser(/^application\/[\w.-]+\+json/, { parseAs: 'string' }, json);

  const handlerOf = (type: string) => [...handlers].find(([suffix]) => type.endsWith(suffix))?.[1];

  const sendingOf = async (request: FastifyRequest, messages: number): Promise<Sending> => {
    if (hasApiKey(request)) return { to: request.workspace.id, workspace: request.workspace };
    const key = await writeKeyOf(access, request, undefined);
    limits.spend(key, messages);
    return { to: key.workspace };
  };

  app.post(
    '/v1/cloudevents',
    {
      config: { open: true, writeKey: true, documentedBody: cloudEventsBody },
      bodyLimit: maxDocumentBytes,
      preParsing: bodyByKey(access),
      schema: {
        tags: ['collect'],
        summary: 'Take CloudEvents 1.0: structured, batched, or binary',
        description:
          'A type ending in `.loyalty.campaign` or `.loyalty.program` is a document and wants an API key: a campaign makes its segment; a program is made or changed with its locations, and the people it lists belong to them. Any other type is a customer event, for which a write key will do: `subject` is the person, `data` the properties. What is wrong in a batch is kept with its reason, as in /v1/batch.',
        response: {
          200: z.object({
            success: z.literal(true),
            rejected: z.number().int().optional(),
            results: z.array(z.record(z.string(), z.unknown())),
          }),
        },
      },
    },
    async (request) => {
      const batch = Array.isArray(request.body) ? request.body : undefined;
      const sending = await sendingOf(request, batch?.length ?? 1);
      const envelope: Envelope = { workspace: sending.to, source: 'http', receivedAt: engine.clock.now() };
      const taken: Taken = { messages: [], rejected: [] };

      const takeOne = async (value: unknown, at: string): Promise<Record<string, unknown>> => {
        const event = parse(value, at);
        const takeDocument = handlerOf(event.type);
        if (takeDocument) {
          if (!sending.workspace) throw needsApiKey(at);
          return { id: event.id, ...(await takeDocument(sending.workspace, event)) };
        }
        const before = taken.rejected.length;
        take(taken, asMessage(event), undefined, at, envelope);
        const fault = taken.rejected[before];
        if (fault && !batch) throw refused('bad_event', fault.field, fault.reason);
        return fault
          ? { id: event.id, error: { field: fault.field, message: fault.reason } }
          : { id: event.id, message: 'track' };
      };

      const results: Record<string, unknown>[] = [];
      try {
        for (const [n, value] of (batch ?? [binary(request) ?? request.body]).entries()) {
          results.push(
            await takeOne(value, batch ? `[${n}].` : '').catch((error: unknown) => {
              // One that is wrong does not sink its batch. When it is not the event's fault, all of it is sent again.
              if (!batch || !(error instanceof Problem) || error.status !== 400) throw error;
              const { field = `[${n}]`, message } = error;
              taken.rejected.push({ ...envelope, field, reason: message, message: shown(value) });
              return { error: { field, message } };
            }),
          );
        }
      } finally {
        await Promise.all([log.accept(taken.messages), log.reject(taken.rejected)]);
      }
      const rejected = taken.rejected.length;
      return { success: true as const, ...(rejected > 0 ? { rejected } : {}), results };
    },
  );
}

const refused = (code: string, field: string, reason: string, hint?: string) =>
  new Problem(400, code, `${field || 'body'}: ${reason}`, { field, ...(hint ? { hint } : {}) });

const needsApiKey = (at: string) =>
  new Problem(401, 'api_key_required', `${at}type: a loyalty document wants an API key, not a write key.`, {
    field: `${at}type`,
    hint: 'Send Authorization: Bearer <API key>. Make one with: rapport keys create --kind api',
  });

function parse(value: unknown, at: string): CloudEvent {
  const parsed = cloudEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(
    'bad_cloudevent',
    at + (issue?.path.join('.') ?? ''),
    issue?.message ?? 'is not a CloudEvent',
    'CloudEvents 1.0 in JSON: specversion "1.0", id, source and type are required.',
  );
}

/** Binary mode: attributes are headers (`ce-…`, percent-encoded), the body is the data. */
function binary({ headers, body }: FastifyRequest): Record<string, unknown> | undefined {
  if (headers['ce-specversion'] === undefined) return undefined;
  const event: Record<string, unknown> = { data: body };
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-') && typeof value === 'string') event[name.slice(3)] = decoded(name, value);
  }
  return event;
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw refused('bad_cloudevent', name, 'is not percent-encoded UTF-8');
  }
}

/** A customer event: its subject is the person, its type the event, its data the properties. */
function asMessage(event: CloudEvent): Record<string, unknown> {
  const { specversion: _, id, source, type, subject, time, data, ...more } = event;
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  const properties = isObject ? { ...data } : data === undefined || data === null ? {} : { value: data };
  return {
    type: 'track',
    messageId: messageId(source, id),
    userId: subject ?? (properties as { userId?: unknown }).userId,
    event: type,
    properties,
    context: { cloudevent: { id, source, ...more } },
    ...(time ? { timestamp: time } : {}),
  };
}

/** Source and id together are unique, and may together be longer than an id of ours. */
function messageId(source: string, id: string): string {
  const both = `${source}#${id}`;
  return both.length <= 256 ? both : createHash('sha256').update(both).digest('hex');
}
