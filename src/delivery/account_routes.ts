import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import type { DeliveryParts } from './index.ts';
import { account, accountChange, isAddress, newAccount } from './schema.ts';

const byId = z.object({ id });
const config = { role: 'admin' } as const;

export function accountRoutes(app: App, { accounts, sendTest }: DeliveryParts): void {
  app.get(
    '/api/accounts',
    {
      schema: {
        tags: ['accounts'],
        summary: 'Provider accounts emails are sent through',
        response: { 200: z.object({ items: z.array(account) }) },
      },
    },
    async ({ workspace }) => ({ items: await accounts.list(workspace.id) }),
  );

  app.post(
    '/api/accounts',
    {
      config,
      schema: {
        tags: ['accounts'],
        summary: 'Add an account; its secrets are kept sealed and never shown',
        body: newAccount,
        response: { 201: account },
      },
    },
    async ({ workspace, body }, reply) => reply.status(201).send(await accounts.create(workspace.id, body)),
  );

  app.patch(
    '/api/accounts/:id',
    {
      config,
      schema: {
        tags: ['accounts'],
        summary: 'Change, pause or resume an account',
        params: byId,
        body: accountChange,
        response: { 200: account },
      },
    },
    ({ workspace, params, body }) => accounts.change(workspace.id, params.id, body),
  );

  app.delete(
    '/api/accounts/:id',
    {
      config,
      schema: {
        tags: ['accounts'],
        summary: 'Delete an account that never sent anything',
        params: byId,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await accounts.remove(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  app.post(
    '/api/accounts/:id/test',
    {
      config,
      schema: {
        tags: ['accounts'],
        summary: 'Send a test email through the account now',
        params: byId,
        body: z.object({ to: z.string().trim().refine(isAddress, 'must be an email address') }),
        response: { 200: z.object({ message_id: z.string() }) },
      },
    },
    async ({ workspace, params, body }) => ({
      message_id: await sendTest(workspace.id, params.id, body.to),
    }),
  );
}
