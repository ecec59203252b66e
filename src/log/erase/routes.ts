import { z } from 'zod';
import { type App, id } from '../../engine/index.ts';
import type { Erase } from './index.ts';
import { erasureSchema } from './schema.ts';

const tags = ['log'];
const config = { role: 'admin' as const };
const person = z.object({ id: z.string().min(1).max(256) });

export function eraseRoutes(app: App, erase: Erase): void {
  app.post(
    '/api/people/:id/erase',
    {
      config,
      schema: {
        tags,
        summary: 'Erase a person everywhere, for good',
        description:
          'The log, every view of it, rejected messages, segments, campaigns, emails and metrics. Anonymous ids joined to ' +
          'the person go too. Their email addresses are never written to again, under whatever id; of them only keyed hashes are kept. Lists held elsewhere are only read: where the erasure names ' +
          'connection_records, delete the person there as well. Done in the background; the erasure tells what was erased where. Messages about the person ' +
          'are refused from now on; only keyed hashes of the ids are kept for that.',
        params: person,
        response: { 202: erasureSchema },
      },
    },
    async ({ workspace, actor, params }, reply) =>
      reply.status(202).send(await erase.person(workspace.id, params.id, actor.name)),
  );

  app.delete(
    '/api/people/:id/erase',
    {
      config,
      schema: {
        tags,
        summary: 'Take messages about an erased person again',
        description:
          'For somebody who came back. What was erased stays erased, and their addresses are still never written to.',
        params: person,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await erase.allow(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  app.get(
    '/api/erasures',
    {
      config,
      schema: {
        tags,
        summary: 'Erasures, the newest first: what was erased where, and when; no personal data',
        response: { 200: z.object({ items: z.array(erasureSchema) }) },
      },
    },
    async ({ workspace }) => ({ items: await erase.list(workspace.id) }),
  );

  app.get(
    '/api/erasures/:id',
    {
      config,
      schema: { tags, summary: 'One erasure', params: z.object({ id }), response: { 200: erasureSchema } },
    },
    ({ workspace, params }) => erase.get(workspace.id, params.id),
  );
}
