import { z } from 'zod';
import { type App, id, notFound } from '../engine/index.ts';
import { channel, channelChange, incident, newChannel, tested } from './schema.ts';
import type { Store } from './store.ts';

const tags = ['alerts'];
const one = z.object({ id });
const config = { role: 'admin' } as const;
const allMembers = 10_000;

export function alertRoutes(app: App, store: Store): void {
  app.get(
    '/api/alerts/incidents',
    {
      schema: {
        tags,
        summary: 'What is not well, or was not, newest first',
        querystring: z.object({
          open: z.stringbool().optional(),
          limit: z.coerce.number().int().min(1).max(200).default(50),
        }),
        response: { 200: z.object({ items: z.array(incident) }) },
      },
    },
    async ({ workspace, query }) => ({
      items: await store.incidents(workspace.id, { ...query, members: 10 }),
    }),
  );
  app.get(
    '/api/alerts/incidents/:id',
    {
      schema: {
        tags,
        summary: 'One incident with all its members',
        params: one,
        response: { 200: incident },
      },
    },
    async ({ workspace, params }) => {
      const [found] = await store.incidents(workspace.id, { id: params.id, limit: 1, members: allMembers });
      if (!found) throw notFound('incident', params.id);
      return found;
    },
  );

  app.get(
    '/api/alerts/channels',
    {
      schema: {
        tags,
        summary: 'Where alerts go',
        response: { 200: z.object({ items: z.array(channel) }) },
      },
    },
    async ({ workspace }) => ({ items: await store.channels(workspace.id) }),
  );
  app.post(
    '/api/alerts/channels',
    {
      config,
      schema: {
        tags,
        summary: 'Add a channel; the secret of a webhook is in this answer only',
        body: newChannel,
        response: { 201: channel.extend({ secret: z.string().nullable() }) },
      },
    },
    async ({ workspace, body }, reply) => reply.status(201).send(await store.add(workspace.id, body)),
  );
  app.patch(
    '/api/alerts/channels/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change, pause or resume a channel',
        params: one,
        body: channelChange,
        response: { 200: channel },
      },
    },
    ({ workspace, params, body }) => store.change(workspace.id, params.id, body),
  );
  app.delete(
    '/api/alerts/channels/:id',
    { config, schema: { tags, summary: 'Remove a channel', params: one, response: { 204: z.null() } } },
    async ({ workspace, params }, reply) => {
      await store.remove(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );
  app.post(
    '/api/alerts/channels/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Send a test message now, and see what the other side says',
        params: one,
        response: { 200: tested },
      },
    },
    ({ workspace, params }) => store.test(workspace.id, params.id),
  );
}
