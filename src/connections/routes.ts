import { z } from 'zod';
import type { App } from '../engine/index.ts';
import { kinds } from './define.ts';
import type { Connections } from './index.ts';
import { mailchimpKey } from './mailchimp.ts';
import { presentRun } from './present.ts';
import {
  connectionChangeSchema,
  connectionSchema,
  deadLetterSchema,
  fieldSchema,
  leftAloneSchema,
  mappingSchema,
  newConnectionSchema,
  runSchema,
  testedSchema,
} from './schema.ts';
import type { Store } from './store.ts';

const tags = ['connections'];
const one = z.object({ id: z.uuid() });
const limit = z.coerce.number().int().min(1).max(500).default(50);
const testedAnswer = z.object({
  name: z.string(),
  count: z.number().int().nullable(),
  fields: z.array(fieldSchema),
  mapping: mappingSchema,
  audience: z
    .object({
      name: z.string(),
      count: z.number().int(),
      fields: z.array(
        z.object({ tag: z.string(), name: z.string(), type: z.string(), required: z.boolean() }),
      ),
    })
    .nullable()
    .describe('Where a segment is pushed to, with its merge fields'),
});

export function connectionRoutes(app: App, connections: Connections, store: Store): void {
  const kind = z.object({
    kind: z.string(),
    label: z.string(),
    identity: z.string(),
    settings: z.record(z.string(), z.unknown()),
    credentials: z.record(z.string(), z.unknown()),
  });
  app.get(
    '/api/connections/kinds',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'What can be connected',
        response: { 200: z.object({ items: z.array(kind) }) },
      },
    },
    async () => ({ items: kinds() as z.infer<typeof kind>[] }),
  );
  app.get(
    '/api/connections',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Connections, and how it stands with each',
        response: { 200: z.object({ items: z.array(connectionSchema) }) },
      },
    },
    async ({ workspace }) => ({ items: await connections.list(workspace.id) }),
  );
  app.post(
    '/api/connections',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'Connect a list; it is pulled at once',
        body: newConnectionSchema,
        response: { 201: connectionSchema },
      },
    },
    async ({ workspace, body }, reply) => reply.code(201).send(await connections.create(workspace.id, body)),
  );
  app.post(
    '/api/connections/test',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'See whether a list can be read, and its fields with samples; nothing is kept',
        body: testedSchema,
        response: { 200: testedAnswer },
      },
    },
    ({ workspace, body }) => connections.test(workspace.id, body.kind, body),
  );
  app.post(
    '/api/connections/audiences',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'The audiences of Mailchimp that a key may see; nothing is kept',
        body: z.object({ key: mailchimpKey }),
        response: {
          200: z.object({
            items: z.array(z.object({ id: z.string(), name: z.string(), count: z.number().int() })),
          }),
        },
      },
    },
    async ({ body }) => ({ items: await connections.audiences(body.key) }),
  );
  app.get(
    '/api/connections/:id/left-alone',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Who of a pushed segment is not pushed, and why',
        params: one,
        response: { 200: leftAloneSchema },
      },
    },
    ({ workspace, params }) => connections.leftAlone(workspace.id, params.id),
  );
  app.get(
    '/api/connections/:id',
    {
      config: { role: 'viewer' },
      schema: { tags, summary: 'One connection', params: one, response: { 200: connectionSchema } },
    },
    ({ workspace, params }) => connections.get(workspace.id, params.id),
  );
  app.patch(
    '/api/connections/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'Change a connection; new credentials wake it, a new mapping pulls everything again',
        params: one,
        body: connectionChangeSchema,
        response: { 200: connectionSchema },
      },
    },
    ({ workspace, params, body }) => connections.change(workspace.id, params.id, body),
  );
  app.delete(
    '/api/connections/:id',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'Remove a connection; the people it brought stay as they are',
        params: one,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await connections.remove(workspace.id, params.id);
      return reply.code(204).send(null);
    },
  );
  app.get(
    '/api/connections/:id/fields',
    {
      config: { role: 'editor' },
      schema: { tags, summary: 'Its fields with samples', params: one, response: { 200: testedAnswer } },
    },
    ({ workspace, params }) => connections.fields(workspace.id, params.id),
  );

  const act = (
    path: string,
    summary: string,
    run: (workspace: string, id: string) => ReturnType<Connections['get']>,
  ) =>
    app.post(
      `/api/connections/:id/${path}`,
      {
        config: { role: 'editor' },
        schema: { tags, summary, params: one, response: { 200: connectionSchema } },
      },
      ({ workspace, params }) => run(workspace.id, params.id),
    );
  act('run', 'Sync now', (workspace, id) => connections.run(workspace, id, false));
  act('full', 'Read the whole list now', (workspace, id) => connections.run(workspace, id, true));
  act('pause', 'Pause', (workspace, id) => connections.pause(workspace, id, true));
  act('resume', 'Go on; it syncs at once', (workspace, id) => connections.pause(workspace, id, false));
  act('confirm-removals', 'Let the removals happen that were held back', (workspace, id) =>
    connections.confirmRemovals(workspace, id),
  );

  app.get(
    '/api/connections/:id/runs',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Its runs, newest first',
        params: one,
        querystring: z.object({ limit, before: z.uuid().optional() }),
        response: { 200: z.object({ items: z.array(runSchema) }) },
      },
    },
    async ({ workspace, params, query }) => {
      await store.get(workspace.id, params.id);
      const rows = await store.runs(params.id, query.limit, query.before);
      return { items: rows.map(presentRun) };
    },
  );
  app.get(
    '/api/connections/:id/dead-letters',
    {
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Records a sink refuses, newest first',
        params: one,
        querystring: z.object({ limit }),
        response: { 200: z.object({ items: z.array(deadLetterSchema) }) },
      },
    },
    async ({ workspace, params, query }) => {
      await store.get(workspace.id, params.id);
      const rows = await store.letters(params.id, query.limit);
      return {
        items: rows.map(({ connection: _, first_at, last_at, ...row }) => ({
          ...row,
          first_at: first_at.toISOString(),
          last_at: last_at.toISOString(),
        })),
      };
    },
  );
  app.post(
    '/api/connections/:id/dead-letters/replay',
    {
      config: { role: 'editor' },
      schema: {
        tags,
        summary: 'Give these records (all, when none are named) to the sinks again',
        params: one,
        body: z.object({ ids: z.array(z.uuid()).max(10_000).optional() }),
        response: { 200: z.object({ replayed: z.number().int() }) },
      },
    },
    async ({ workspace, params, body }) => ({
      replayed: await connections.replay(workspace.id, params.id, body.ids),
    }),
  );
}
