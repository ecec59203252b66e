import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Access } from '../access/index.ts';
import { type App, type Engine, Problem } from '../engine/index.ts';
import { type Log, type MessageType, maxBatchBytes, messageTypes } from '../log/index.ts';
import { batchBody, messageBody } from './documented.ts';
import type { RateLimits } from './limits.ts';
import type { Senders } from './sender.ts';
import { type Envelope, instant, type Taken, take } from './take.ts';
import { writeKeyOf } from './write-key.ts';

/** analytics.js shortens the paths. */
const short: Record<string, MessageType> = {
  t: 'track',
  i: 'identify',
  p: 'page',
  s: 'screen',
  g: 'group',
  a: 'alias',
};

/** As many as fit into the bytes, were each as short as can be: more are no messages, and would be more reasons than bytes. */
const maxBatchMessages = 20_000;

const accepted = z.object({ success: z.literal(true), rejected: z.number().int().optional() });

/** What the routes that collect work with. */
export interface Collecting {
  log: Log;
  access: Access;
  senders: Senders;
  limits: RateLimits;
}

export async function collectRoutes(app: App, engine: Engine, collecting: Collecting) {
  const { log, access, senders, limits } = collecting;
  const append = async ({ messages, rejected }: Taken) => {
    await Promise.all([log.accept(messages), rejected.length > 0 ? log.reject(rejected) : undefined]);
  };

  const envelopeOf = (request: FastifyRequest, workspace: string, sentAt: unknown): Envelope => ({
    workspace,
    source: 'http',
    receivedAt: engine.clock.now(),
    sentAt: instant(sentAt),
    ...senders.of(request),
  });

  const one = (type: MessageType) => async (request: FastifyRequest, reply: FastifyReply) => {
    const body = request.body;
    const key = await writeKeyOf(access, request, body);
    limits.spend(key, 1);
    const taken: Taken = { messages: [], rejected: [] };
    const sentAt = (body as { sentAt?: unknown } | undefined)?.sentAt;
    take(taken, body, type, '', envelopeOf(request, key.workspace, sentAt));
    await append(taken);
    const [fault] = taken.rejected;
    if (fault)
      throw new Problem(400, 'bad_message', `${fault.field} ${fault.reason}`, { field: fault.field });
    return reply.send({ success: true });
  };

  const batch = async (request: FastifyRequest, reply: FastifyReply) => {
    const body = request.body as { batch?: unknown; sentAt?: unknown; context?: unknown } | undefined;
    const key = await writeKeyOf(access, request, body);
    if (!Array.isArray(body?.batch)) {
      throw new Problem(400, 'bad_batch', 'batch must be an array of messages.', { field: 'batch' });
    }
    if (body.batch.length > maxBatchMessages) {
      const reason = `batch has more than ${maxBatchMessages} messages.`;
      throw new Problem(400, 'bad_batch', reason, { field: 'batch' });
    }
    limits.spend(key, body.batch.length);
    const envelope = envelopeOf(request, key.workspace, body.sentAt);
    const taken: Taken = { messages: [], rejected: [] };
    for (const [n, message] of body.batch.entries())
      take(taken, message, undefined, `batch[${n}].`, envelope);
    await append(taken);
    return reply.send({
      success: true,
      ...(taken.rejected.length > 0 ? { rejected: taken.rejected.length } : {}),
    });
  };

  const route = (path: string, summary: string, handler: typeof batch, documentedBody?: object) =>
    app.post(
      path,
      {
        config: { open: true, writeKey: true, ...(documentedBody ? { documentedBody } : {}) },
        bodyLimit: maxBatchBytes,
        // A policy for pages says nothing to who sends messages, and costs as much to print as a message to check.
        helmet: false,
        schema: { tags: ['collect'], summary, hide: !documentedBody, response: { 200: accepted } },
      },
      handler,
    );

  for (const type of messageTypes)
    route(`/v1/${type}`, `Take one ${type} message (Segment)`, one(type), messageBody(type));
  for (const [letter, type] of Object.entries(short)) route(`/v1/${letter}`, `As /v1/${type}`, one(type));
  route('/v1/batch', 'Take a batch of messages (Segment); answered when all are durable', batch, batchBody);
  route('/v1/b', 'As /v1/batch', batch);
}
