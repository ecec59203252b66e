import { z } from 'zod';
import type { App } from '../engine/index.ts';
import type { Profiles } from './index.ts';
import { peoplePage, peopleQuery, person, timelinePage, timelineQuery } from './schema.ts';

const byId = z.object({ id: z.string().min(1).describe('User id, or an anonymous id; percent-encoded') });

export function profileRoutes(app: App, profiles: Profiles): void {
  app.get(
    '/api/people',
    {
      schema: {
        tags: ['people'],
        summary: 'People, last seen first',
        querystring: peopleQuery,
        response: { 200: peoplePage },
      },
    },
    (request) => profiles.list(request.workspace.id, request.query),
  );

  app.get(
    '/api/people/:id',
    {
      schema: {
        tags: ['people'],
        summary: 'One person: attributes, event counts, ids, segments, emails',
        params: byId,
        response: { 200: person },
      },
    },
    (request) => profiles.get(request.workspace.id, request.params.id),
  );

  app.get(
    '/api/people/:id/timeline',
    {
      schema: {
        tags: ['people'],
        summary: 'What one person did, newest first',
        params: byId,
        querystring: timelineQuery,
        response: { 200: timelinePage },
      },
    },
    (request) => profiles.timeline(request.workspace.id, request.params.id, request.query),
  );
}
