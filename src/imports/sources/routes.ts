import { z } from 'zod';
import type { App } from '../../engine/index.ts';
import type { Sources } from './index.ts';
import { bucketSchema, lookedSchema, newSourceSchema, sourceChangeSchema, sourceSchema } from './schema.ts';

const tags = ['imports'];
const params = z.object({ id: z.uuid() });
const path = '/api/import-sources';

export function sourceRoutes(app: App, sources: Sources): void {
  app.get(
    path,
    {
      schema: {
        tags,
        summary: 'Folders and buckets whose files are taken in as they come',
        response: {
          200: z.object({
            items: z.array(sourceSchema),
            folder: z
              .string()
              .nullable()
              .describe('The folder this workspace can have on the server; null when none is configured.'),
          }),
        },
      },
    },
    ({ workspace }) => sources.list(workspace.id),
  );

  app.post(
    path,
    {
      schema: {
        tags,
        summary: 'Adds a source; a bucket must be readable',
        body: newSourceSchema,
        response: { 201: sourceSchema },
      },
    },
    async ({ workspace, body }, reply) => reply.status(201).send(await sources.add(workspace.id, body)),
  );

  app.post(
    `${path}/test`,
    {
      schema: {
        tags,
        summary: 'Looks into a bucket before it is added',
        body: bucketSchema,
        response: { 200: lookedSchema },
      },
    },
    ({ body }) => sources.testBucket(body.settings, body.credentials),
  );

  app.post(
    `${path}/:id/test`,
    {
      schema: { tags, summary: 'Whether a source can be read now', params, response: { 200: lookedSchema } },
    },
    ({ workspace, params }) => sources.test(workspace.id, params.id),
  );

  app.post(
    `${path}/:id/look`,
    { schema: { tags, summary: 'Looks for new files at once', params, response: { 204: z.null() } } },
    async ({ workspace, params }, reply) => {
      await sources.lookNow(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  app.patch(
    `${path}/:id`,
    {
      schema: {
        tags,
        summary: 'Changes, pauses or resumes a source',
        params,
        body: sourceChangeSchema,
        response: { 200: sourceSchema },
      },
    },
    ({ workspace, params, body }) => sources.change(workspace.id, params.id, body),
  );

  app.delete(
    `${path}/:id`,
    {
      schema: {
        tags,
        summary: 'Removes a source; what it took in stays',
        params,
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await sources.remove(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  app.post(
    `${path}/:id/events/:secret`,
    {
      config: { open: true, rateLimit: { max: 600, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'Takes event notifications of S3, also through SNS; a new object is looked for at once',
        params: z.object({ id: z.string(), secret: z.string() }),
        response: { 204: z.null() },
      },
    },
    async ({ params, body }, reply) => {
      await sources.notified(params.id, params.secret, body);
      return reply.status(204).send(null);
    },
  );
}
