import { z } from 'zod';
import { type App, id, Problem } from '../engine/index.ts';
import { headersOf } from './headers.ts';
import type { Access } from './index.ts';
import { keyKinds, keyView, me, rateLimit, roles, workspaceChange, workspaceView } from './schema.ts';

export function accessRoutes(app: App, access: Access): void {
  app.get(
    '/api/me',
    { schema: { tags: ['access'], summary: 'Who is asking, and in which workspace', response: { 200: me } } },
    async ({ actor, workspace }) => ({
      person: actor.kind === 'person' ? { email: actor.email ?? '', name: actor.name } : null,
      workspace,
      workspaces: actor.kind === 'person' ? await access.workspaces.ofPerson(actor.id) : [workspace],
      role: actor.role,
    }),
  );

  app.patch(
    '/api/workspace',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'Change the name, the time zone or another setting of the workspace',
        body: workspaceChange,
        response: { 200: workspaceView },
      },
    },
    ({ workspace, body }) => access.workspaces.update(workspace.id, body),
  );

  app.post(
    '/api/sign-in-links',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'A one-time sign-in link for the owner, good for a day',
        response: { 201: z.object({ url: z.string() }) },
      },
    },
    async ({ actor }, reply) => {
      // A key belongs to one workspace; the owner may be at home in several.
      if (actor.kind === 'api_key')
        throw new Problem(403, 'forbidden', 'API keys cannot make sign-in links.');
      return reply.status(201).send({ url: await access.ownerLink() });
    },
  );

  app.get(
    '/api/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'Write keys and API keys that work',
        response: { 200: z.object({ items: z.array(keyView) }) },
      },
    },
    async ({ workspace }) => ({ items: await access.keys.list(workspace.id) }),
  );

  app.post(
    '/api/keys',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'Make a key; its text is in this answer only',
        body: z.object({
          kind: z.enum(keyKinds),
          name: z.string().trim().min(1).max(100),
          role: z.enum(roles).default('editor'),
          rate_limit: rateLimit.optional().describe('For a write key: messages a second'),
        }),
        response: { 201: keyView.extend({ key: z.string() }) },
      },
    },
    async ({ workspace, body }, reply) =>
      reply
        .status(201)
        .send(await access.keys.create(workspace.id, body.kind, body.name, body.role, body.rate_limit)),
  );

  app.patch(
    '/api/keys/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'Set how many messages a second a write key may send; null takes the limit away',
        params: z.object({ id }),
        body: z.object({ rate_limit: rateLimit }),
        response: { 200: keyView },
      },
    },
    ({ workspace, params, body }) => access.keys.setRateLimit(workspace.id, params.id, body.rate_limit),
  );

  app.delete(
    '/api/keys/:id',
    {
      config: { role: 'admin' },
      schema: {
        tags: ['access'],
        summary: 'Revoke a key',
        params: z.object({ id }),
        response: { 204: z.null() },
      },
    },
    async ({ workspace, params }, reply) => {
      await access.keys.revoke(workspace.id, params.id);
      return reply.status(204).send(null);
    },
  );

  const guarded = { open: true, rateLimit: { max: 60, timeWindow: '1 minute' } };
  app.all('/auth/*', { config: guarded, schema: { hide: true } }, async (request, reply) => {
    const url = new URL(request.url, `${request.protocol}://${request.host}`);
    const headers = headersOf(request.headers);
    const hasBody = request.method !== 'GET' && request.method !== 'HEAD' && request.body !== undefined;
    const answer = await access.people.handle(
      new Request(url, {
        method: request.method,
        headers,
        ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
      }),
    );
    reply.status(answer.status);
    for (const [name, value] of answer.headers) if (name !== 'set-cookie') reply.header(name, value);
    for (const cookie of answer.headers.getSetCookie()) reply.header('set-cookie', cookie);
    return reply.send(answer.body ? Buffer.from(await answer.arrayBuffer()) : null);
  });
}
