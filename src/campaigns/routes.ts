import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import { definitionJsonSchema } from './definition_schema.ts';
import type { Campaigns } from './index.ts';
import {
  call,
  callAnswer,
  campaign,
  campaignName,
  definition,
  dryRun,
  frequencyCap,
  report,
  version,
} from './schema.ts';

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
    start: 'Start a draft: everybody in its segments enters, or whoever its trigger lets in',
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
    '/api/campaigns/:id/versions',
    {
      schema: {
        tags,
        summary: 'Every definition it ran by, newest first',
        params: byId,
        response: { 200: z.object({ items: z.array(version) }) },
      },
    },
    async ({ workspace, params }) => ({ items: await campaigns.versions(workspace.id, params.id) }),
  );

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

  peopleRoutes(app, campaigns);
  settingsRoutes(app, campaigns);
}

function peopleRoutes(app: App, campaigns: Campaigns): void {
  app.post(
    '/api/campaigns/:id/enter',
    {
      schema: {
        tags,
        summary: 'Let people in, with parameters for the templates; of a campaign whose trigger is a call',
        params: byId,
        body: call,
        response: { 200: callAnswer },
      },
    },
    ({ workspace, params, body }) => campaigns.enter(workspace.id, params.id, body),
  );

  app.delete(
    '/api/campaigns/:id/people/:person',
    {
      schema: {
        tags,
        summary: 'Take one person out, and cancel what is queued for them',
        params: z.object({ id, person: z.string().min(1).max(500) }),
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await campaigns.removePerson(workspace.id, params.id, params.person);
      return reply.status(204).send(null);
    },
  );
}

function settingsRoutes(app: App, campaigns: Campaigns): void {
  app.post(
    '/api/campaigns/dry-run',
    {
      schema: {
        tags,
        summary:
          'What a definition would do, were it started now: who would enter, and when its emails would go',
        body: z.object({ definition }),
        response: { 200: dryRun },
      },
    },
    ({ workspace, body }) => campaigns.dryRun(workspace.id, body.definition),
  );

  app.get(
    '/api/campaigns/definition.schema.json',
    { schema: { hide: true } },
    async () => definitionJsonSchema,
  );

  const cap = z.object({ cap: frequencyCap.nullable() });
  app.get(
    '/api/campaigns/frequency-cap',
    {
      schema: {
        tags,
        summary: 'How many emails a person may get, of all campaigns together',
        response: { 200: cap },
      },
    },
    async ({ workspace }) => ({ cap: await campaigns.frequencyCap(workspace.id) }),
  );
  app.put(
    '/api/campaigns/frequency-cap',
    {
      schema: {
        tags,
        summary: 'Set it; null: as many as there are. Emails beyond it wait, and are not skipped',
        body: cap,
        response: { 200: cap },
      },
    },
    async ({ workspace, body }) => ({ cap: await campaigns.setFrequencyCap(workspace.id, body.cap) }),
  );

  app.get(
    '/api/campaigns/webhook-secret',
    {
      schema: {
        tags,
        summary: 'What webhooks of campaigns are signed with (Standard Webhooks)',
        response: { 200: z.object({ secret: z.string() }) },
      },
    },
    async ({ workspace }) => ({ secret: campaigns.webhookSecret(workspace.id) }),
  );
}
