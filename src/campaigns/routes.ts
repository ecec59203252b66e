import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import type { Campaigns } from './index.ts';
import { campaign, campaignName, definition, report } from './schema.ts';

const byId = z.object({ id });
const tags = ['campaigns'];

export function campaignRoutes(app: App, campaigns: Campaigns): void {
  app.get(
    '/api/campaigns',
    {
      schema: {
        tags,
        summary: 'Campaigns, newest first',
        response: { 200: z.object({ items: z.array(campaign) }) },
      },
    },
    async ({ workspace }) => ({ items: await campaigns.list(workspace.id) }),
  );

  app.post(
    '/api/campaigns',
    {
      schema: {
        tags,
        summary: 'Make a draft',
        body: z.object({ name: campaignName, definition }),
        response: { 201: campaign },
      },
    },
    async ({ workspace, body }, reply) => reply.status(201).send(await campaigns.create(workspace.id, body)),
  );

  app.get(
    '/api/campaigns/:id',
    { schema: { tags, summary: 'One campaign', params: byId, response: { 200: campaign } } },
    ({ workspace, params }) => campaigns.get(workspace.id, params.id),
  );

  app.patch(
    '/api/campaigns/:id',
    {
      schema: {
        tags,
        summary:
          'Edit; a running campaign gets a new version, and people at a removed step go to the next one',
        params: byId,
        body: z.object({ name: campaignName.optional(), definition: definition.optional() }),
        response: { 200: campaign },
      },
    },
    ({ workspace, params, body }) => campaigns.edit(workspace.id, params.id, body),
  );

  app.delete(
    '/api/campaigns/:id',
    {
      schema: {
        tags,
        summary: 'Delete a draft or a stopped campaign',
        params: byId,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await campaigns.remove(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  const verbs = {
    start: 'Start a draft: everybody in its segments enters',
    pause: 'Pause: no steps, no sending; nobody is forgotten',
    resume: 'Go on where it paused; waits that ran out meanwhile are over',
    stop: 'End it for good: everybody leaves, queued emails are cancelled',
  } as const;
  for (const verb of Object.keys(verbs) as (keyof typeof verbs)[]) {
    app.post(
      `/api/campaigns/:id/${verb}`,
      { schema: { tags, summary: verbs[verb], params: byId, response: { 200: campaign } } },
      ({ workspace, params }) => campaigns[`${verb}Campaign` as const](workspace.id, params.id),
    );
  }

  app.get(
    '/api/campaigns/:id/report',
    {
      schema: {
        tags,
        summary: 'How far people got, and what became of the emails',
        params: byId,
        response: { 200: report },
      },
    },
    ({ workspace, params }) => campaigns.report(workspace.id, params.id),
  );
}
