import { Readable } from 'node:stream';
import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import { accountRoutes } from './account_routes.ts';
import { consentRoutes } from './consent_routes.ts';
import { hookRoutes } from './hooks/index.ts';
import type { DeliveryParts } from './index.ts';
import { consentPages } from './pages.ts';
import { partRoutes } from './part_routes.ts';
import {
  email,
  emailDetail,
  emailFilter,
  isAddress,
  mailboxDetail,
  mailboxItem,
  suppression,
  suppressionReasons,
  templateProblem,
} from './schema.ts';
import { text } from './storable.ts';
import { trackingRoutes } from './tracking_routes.ts';

const paging = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: id.optional(),
};
const search = text().trim().max(200).optional();
const byId = z.object({ id });
const next_cursor = z.string().nullable();

export async function deliveryRoutes(app: App, parts: DeliveryParts): Promise<void> {
  emailRoutes(app, parts);
  mailboxRoutes(app, parts);
  accountRoutes(app, parts);
  suppressionRoutes(app, parts);
  templateRoutes(app, parts);
  partRoutes(app, parts);
  trackingRoutes(app, parts);
  await hookRoutes(app, parts.hooks);
  consentRoutes(app, parts);
  await consentPages(app, parts);
}

function emailRoutes(app: App, { emails, resending, engine, poke }: DeliveryParts): void {
  app.get(
    '/api/emails',
    {
      schema: {
        tags: ['emails'],
        summary:
          'The ledger: who was written to, by which campaign and step, and what became of it; newest first',
        querystring: emailFilter.extend(paging),
        response: { 200: z.object({ items: z.array(email), next_cursor }) },
      },
    },
    ({ workspace, query }) => emails.list(workspace, query),
  );

  app.get(
    '/api/emails/export.csv',
    {
      config: { role: 'editor' },
      schema: {
        tags: ['emails'],
        summary: 'Emails as CSV for a spreadsheet, newest first, however many; formulas are made inert',
        querystring: emailFilter,
        produces: ['text/csv'],
      },
    },
    async ({ workspace, query }, reply) => {
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="emails.csv"');
      return reply.send(Readable.from(emails.csv(workspace, query)));
    },
  );

  app.get(
    '/api/emails/:id',
    {
      schema: {
        tags: ['emails'],
        summary: 'One email: what happened to it, and its content when the dev mailbox holds it',
        params: byId,
        response: { 200: emailDetail },
      },
    },
    ({ workspace, params }) => emails.get(workspace.id, params.id),
  );

  app.post(
    '/api/emails/:id/resend',
    {
      schema: {
        tags: ['emails'],
        summary: 'Queue an email that failed or is held again, with the same Message-ID',
        params: byId,
        response: { 200: emailDetail },
      },
    },
    async ({ workspace, params }) => {
      await resending.one(workspace.id, params.id, engine.clock.now());
      poke();
      return emails.get(workspace.id, params.id);
    },
  );

  app.post(
    '/api/emails/resend',
    {
      schema: {
        tags: ['emails'],
        summary: 'Queue all emails that failed, or are held, again, each with the same Message-ID',
        body: z.object({
          status: z.enum(['failed', 'held']),
          campaign: id.optional(),
          step: text().max(200).optional().describe("A step's id"),
        }),
        response: { 200: z.object({ resent: z.number().int() }) },
      },
    },
    async ({ workspace, body }) => {
      const resent = await resending.all(workspace.id, body, engine.clock.now());
      poke();
      return { resent };
    },
  );

  app.post(
    '/api/emails/:id/was-sent',
    {
      schema: {
        tags: ['emails'],
        summary: 'A held email counts as sent: somebody looked it up at the provider',
        params: byId,
        response: { 200: emailDetail },
      },
    },
    async ({ workspace, params }) => {
      await resending.wasSent(workspace.id, params.id, engine.clock.now());
      return emails.get(workspace.id, params.id);
    },
  );
}

function mailboxRoutes(app: App, { store }: DeliveryParts): void {
  app.get(
    '/api/mailbox',
    {
      schema: {
        tags: ['emails'],
        summary: 'The dev mailbox, newest first',
        querystring: z.object({ search, ...paging }),
        response: { 200: z.object({ items: z.array(mailboxItem), next_cursor, total: z.number() }) },
      },
    },
    ({ workspace, query }) => store.mailbox(workspace.id, query),
  );

  app.get(
    '/api/mailbox/:id',
    {
      schema: {
        tags: ['emails'],
        summary: 'One email of the dev mailbox',
        params: byId,
        response: { 200: mailboxDetail },
      },
    },
    ({ workspace, params }) => store.mail(workspace.id, params.id),
  );
}

function suppressionRoutes(app: App, { suppressions }: DeliveryParts): void {
  app.get(
    '/api/suppressions',
    {
      schema: {
        tags: ['emails'],
        summary: 'Addresses that are never written to, newest first',
        querystring: z.object({ search, ...paging }),
        response: { 200: z.object({ items: z.array(suppression), next_cursor }) },
      },
    },
    ({ workspace, query }) => suppressions.list(workspace.id, query),
  );

  app.post(
    '/api/suppressions',
    {
      schema: {
        tags: ['emails'],
        summary: 'Never write to an address; one that is there already stays as it is',
        body: z.object({
          address: z.string().trim().refine(isAddress, 'must be an email address'),
          reason: z.enum(suppressionReasons).default('manual'),
        }),
        response: { 201: suppression },
      },
    },
    async ({ workspace, body }, reply) =>
      reply.status(201).send(await suppressions.add(workspace.id, body.address, body.reason)),
  );

  app.delete(
    '/api/suppressions/:id',
    {
      schema: {
        tags: ['emails'],
        summary: 'Allow writing to an address again',
        params: byId,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await suppressions.remove(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );
}

const template = {
  subject: text().max(1_000),
  html: text()
    .max(1_000_000)
    .describe('Liquid in HTML; or MJML, when it begins with <mjml> or its layout does'),
  text: text().max(1_000_000).optional().describe('Made from the HTML when missing'),
};

function templateRoutes(app: App, { preview, testSend }: DeliveryParts): void {
  app.post(
    '/api/templates/preview',
    {
      config: { role: 'viewer' },
      schema: {
        tags: ['emails'],
        summary: 'Render a template for a person, or for nobody in particular; with what is wrong with it',
        body: z.object({ ...template, person_id: text().max(500).optional() }),
        response: {
          200: z.object({
            subject: z.string(),
            html: z.string(),
            text: z.string(),
            problems: z.array(templateProblem),
          }),
        },
      },
    },
    ({ workspace, body: { person_id, ...template } }) => preview(workspace.id, template, person_id),
  );

  app.post(
    '/api/templates/test',
    {
      schema: {
        tags: ['emails'],
        summary: 'Send what a preview shows to an address now, beside the ledger',
        body: z.object({
          ...template,
          person_id: text().max(500).optional(),
          account: id.optional().describe('The default account when missing'),
          to: z.string().trim().refine(isAddress, 'must be an email address'),
        }),
        response: {
          200: z.object({
            message_id: z.string(),
            account: z.object({ id: z.string(), name: z.string(), kind: z.string() }),
          }),
        },
      },
    },
    ({ workspace, body: { person_id, account, to, ...template } }) =>
      testSend(workspace.id, { template, person: person_id, account, to }),
  );
}
