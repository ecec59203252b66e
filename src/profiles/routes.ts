import { Readable } from 'node:stream';
import { z } from 'zod';
import type { App } from '../engine/index.ts';
import type { Profiles } from './index.ts';
import {
  csvQuery,
  peoplePage,
  peopleQuery,
  person,
  personExport,
  timelinePage,
  timelineQuery,
} from './schema.ts';

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
    '/api/people.csv',
    {
      config: { role: 'editor' },
      schema: {
        tags: ['people'],
        summary: 'People as CSV for a spreadsheet, by id; formulas are made inert',
        description:
          'Everybody, or who is found by the search and in the segment, however many. Lists and objects are written as JSON.',
        querystring: csvQuery,
        produces: ['text/csv'],
      },
    },
    async ({ workspace, query }, reply) => {
      const text = await profiles.csv(workspace.id, query);
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="people.csv"');
      return reply.send(Readable.from(text));
    },
  );

  app.get(
    '/api/people/:id',
    {
      schema: {
        tags: ['people'],
        summary: 'One person: attributes, event counts, orders, ids, segments, campaigns, emails',
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
        summary: 'What one person did, newest first; of some types or names, within a time, with a text',
        params: byId,
        querystring: timelineQuery,
        response: { 200: timelinePage },
      },
    },
    ({ workspace, params, query }) =>
      profiles.timeline(workspace.id, params.id, { ...query, timezone: workspace.timezone }),
  );

  app.get(
    '/api/people/:id/export',
    {
      config: { role: 'editor' },
      schema: {
        tags: ['people'],
        summary: 'Everything held of one person, as one JSON file',
        description:
          'What is known of the person, every event, every message as it was received, and what each room holds. ' +
          'It is written while it is read, so a file that does not end with a brace is not whole.',
        params: byId,
        produces: ['application/json'],
        response: { 200: personExport },
      },
    },
    async ({ workspace, params }, reply) => {
      const text = await profiles.export(workspace.id, params.id);
      const name = `${params.id.replace(/[^\w.@-]+/g, '_').slice(0, 100)}.json`;
      reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="${name}"`);
      // Text goes out as it is.
      return reply.send(Readable.from(text) as never);
    },
  );
}
