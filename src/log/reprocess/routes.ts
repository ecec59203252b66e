import { z } from 'zod';
import { type App, id, Problem } from '../../engine/index.ts';
import type { Reprocess } from './index.ts';
import { askedSchema, reprocessingSchema } from './schema.ts';

const tags = ['log'];
const params = z.object({ id });
const config = { role: 'admin' as const };

/** Who asks: the command line on the machine itself reaches all workspaces. */
interface Asking {
  actor: { kind: string; name: string };
  workspace: { id: string };
}
const scope = ({ actor, workspace }: Asking) => (actor.kind === 'instance' ? undefined : workspace.id);

export function reprocessRoutes(app: App, reprocess: Reprocess): void {
  app.post(
    '/api/reprocess',
    {
      config,
      schema: {
        tags,
        summary: 'Derive past messages again with today’s processing',
        description:
          'Done in the background, while reads and writes go on. Months are swapped when everything is derived and ' +
          'verified; until then nothing changes, and it can be cancelled. Needs as much disk as the events of the range.',
        body: askedSchema,
        response: { 202: reprocessingSchema },
      },
    },
    async (request, reply) => {
      const { from, to, profiles, workspace } = request.body;
      const own = request.workspace.id;
      if (workspace !== undefined && workspace !== own && request.actor.kind !== 'instance') {
        throw new Problem(
          403,
          'other_workspace',
          'Only the command line on the machine itself reaches further.',
          {
            field: 'workspace',
            hint: 'Run: rapport reprocess',
          },
        );
      }
      const asked = { workspace: workspace === 'all' ? null : (workspace ?? own), from, to, profiles };
      return reply.status(202).send(await reprocess.request({ ...asked, by: request.actor.name }));
    },
  );

  app.get(
    '/api/reprocess',
    {
      config,
      schema: {
        tags,
        summary: 'Reprocessings, the newest first',
        response: { 200: z.object({ items: z.array(reprocessingSchema) }) },
      },
    },
    async (request) => ({ items: await reprocess.list(scope(request)) }),
  );

  app.get(
    '/api/reprocess/:id',
    {
      config,
      schema: { tags, summary: 'How far a reprocessing is', params, response: { 200: reprocessingSchema } },
    },
    (request) => reprocess.get(scope(request), request.params.id),
  );

  app.post(
    '/api/reprocess/:id/cancel',
    {
      config,
      schema: {
        tags,
        summary: 'Cancel a reprocessing that is not being swapped in yet; nothing was changed by it',
        params,
        response: { 200: reprocessingSchema },
      },
    },
    async (request) => {
      const seen = await reprocess.get(scope(request), request.params.id);
      if (seen.workspace === null && request.actor.kind !== 'instance') {
        throw new Problem(403, 'other_workspace', 'This reprocessing is of all workspaces.', {
          hint: 'It can be cancelled from the command line on the machine itself.',
        });
      }
      return reprocess.cancel(scope(request), request.params.id);
    },
  );
}
