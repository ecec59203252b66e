import { z } from 'zod';
import type { App } from '../engine/index.ts';
import type { DeliveryParts } from './index.ts';
import { partName, templatePart } from './schema.ts';
import { text } from './storable.ts';

const byName = z.object({ name: partName });
const tags = ['emails'];

export function partRoutes(app: App, { parts }: DeliveryParts): void {
  app.get(
    '/api/template-parts',
    {
      schema: {
        tags,
        summary:
          'Pieces that emails share, by name: taken by `{% render "footer" %}` or `{% layout "shop" %}`',
        response: { 200: z.object({ items: z.array(templatePart) }) },
      },
    },
    async ({ workspace }) => ({ items: await parts.list(workspace.id) }),
  );

  app.get(
    '/api/template-parts/:name',
    { schema: { tags, summary: 'One template part', params: byName, response: { 200: templatePart } } },
    ({ workspace, params }) => parts.get(workspace.id, params.name),
  );

  app.put(
    '/api/template-parts/:name',
    {
      schema: {
        tags,
        summary: 'Make a template part, or change it for the emails saved from now on',
        params: byName,
        body: z.object({ source: text().min(1).max(200_000) }),
        response: { 200: templatePart },
      },
    },
    ({ workspace, params, body }) => parts.put(workspace.id, params.name, body.source),
  );

  app.delete(
    '/api/template-parts/:name',
    {
      schema: {
        tags,
        summary: 'Delete a template part that no campaign and no other part takes',
        params: byName,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await parts.remove(workspace.id, params.name);
      return reply.status(204).send(null);
    },
  );
}
