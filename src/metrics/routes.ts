import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { App } from '../engine/index.ts';
import { Problem } from '../engine/index.ts';
import type { Metrics } from './index.ts';
import { answerSchema, csvOf, questionSchema } from './query/index.ts';
import { eventNameSchema, valueSchema, words, wordsSchema } from './schema.ts';

const tags = ['metrics'];

const about = `Counts what people did. The body is one question; \`question\` says which.

Every answer says how fresh it is: events, people and sums hold everything processed until \`freshness.counted_to\`
(a second or so after a message is acknowledged), sessions until \`freshness.sessions_to\` (some seconds; what comes
hours late is in them minutes later, see \`freshness.session_hours_left\`). Nothing is sampled. Sums are exact. Distinct
people are exact up to 16,384 and from there on within 0.1 % (measured); over several intervals or values each person is
counted once in each, and once in the total. Bots are left out.

\`freshness.connections\` names the lists kept in sync (connections) whose people are among those of the workspace, and the instant as
of which each is in sync. Every question uses them, since any may count what these people did. A workspace that sets
\`require_fresh_connections\` gets 409 \`stale\`, with the reason, while one of them is older than two of its intervals and its
usual duration.

A word that is not known is answered with 400, its field and the closest word there is. A question that takes more than 30
seconds or 1 GB is answered with 503; a workspace that asks more than 4 questions at once waits, and is answered with 429
when 32 more are waiting.

CSV instead of JSON: \`Accept: text/csv\` or \`?format=csv\`; what a spreadsheet would run as a formula is made text.`;

export function metricsRoutes(app: App, metrics: Metrics): void {
  app.post(
    '/api/query',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Ask for numbers: over time, by dimension, in total, funnels, retention, realtime',
        description: about,
        querystring: z.object({ format: z.enum(['json', 'csv']).optional() }),
        body: questionSchema,
        produces: ['application/json', 'text/csv'],
        response: { 200: answerSchema },
      },
      // The question is checked where it is understood, which can tell the closest word.
      validatorCompiler: ({ httpPart, schema }) => {
        if (httpPart === 'body') return (value: unknown) => ({ value });
        return (value: unknown) => {
          const read = (schema as unknown as z.ZodType).safeParse(value);
          return read.success ? { value: read.data } : { error: badFormat() };
        };
      },
    },
    async ({ workspace, body, query, headers }, reply) => {
      const gone = goneSignal(reply.raw);
      const answer = await metrics.query(workspace, body, gone).catch(unlessGone(gone));
      if (!wantsCsv(query.format, headers.accept)) return answer;
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${answer.question}.csv"`);
      // Text goes out as it is.
      return reply.send(csvOf(answer) as never);
    },
  );

  app.get(
    '/api/metrics/words',
    {
      schema: {
        tags,
        summary: 'The metrics and dimensions questions may name, with units and descriptions',
        response: { 200: wordsSchema },
      },
    },
    () => words(),
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

  app.get(
    '/api/metrics/dimensions/:name/values',
    {
      schema: {
        tags,
        summary:
          'Values of a dimension in the last 30 days, the most frequent first: suggestions for filters',
        params: z.object({ name: z.string().describe('A dimension, or property:<name>') }),
        querystring: z.object({
          search: z
            .string()
            .max(200)
            .optional()
            .describe('Only values that contain it, capitals not counting'),
          limit: z.coerce.number().int().min(1).max(100).default(20),
        }),
        response: { 200: z.object({ items: z.array(valueSchema) }) },
      },
    },
    async ({ workspace, params, query }, reply) => {
      const gone = goneSignal(reply.raw);
      const items = await metrics.values(workspace, params.name, query, gone).catch(unlessGone(gone));
      return { items };
    },
  );
}

const badFormat = () =>
  new Problem(400, 'unknown_format', 'An answer can be had as json or csv.', { field: 'format' });

/** Aborted when the asker goes away. Fastify's own signal of a request is, too, as soon as a body was read to its end. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  // Each statement of a question listens.
  setMaxListeners(0, gone.signal);
  response.once('close', () => response.writableFinished || gone.abort());
  return gone.signal;
}

/** A question nobody waits for any more did not fail: nothing for the log of errors. The answer reaches no one. */
const unlessGone = (gone: AbortSignal) => (error: unknown) => {
  if (!gone.aborted) throw error;
  throw new Problem(499, 'gone', 'Whoever asked went away before the answer.');
};

/** CSV when asked for by name, or when the header names it and not JSON. */
function wantsCsv(format: 'json' | 'csv' | undefined, accept: string | undefined): boolean {
  if (format) return format === 'csv';
  return accept !== undefined && /\btext\/csv\b/i.test(accept) && !/\bapplication\/json\b/i.test(accept);
}
