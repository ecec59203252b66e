import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import type { Segments } from './index.ts';
import {
  countAnswer,
  countRequest,
  membersPage,
  membersQuery,
  newSegment,
  segment,
  segmentChange,
  suggestions,
} from './schema.ts';

const tags = ['segments'];
const params = z.object({ id });

export function segmentRoutes(app: App, segments: Segments): void {
  app.get(
    '/api/segments',
    { schema: { tags, summary: 'All segments', response: { 200: z.object({ items: z.array(segment) }) } } },
    async (request) => ({ items: await segments.list(request.workspace.id) }),
  );

  app.post(
    '/api/segments',
    { schema: { tags, summary: 'Make a segment', body: newSegment, response: { 201: segment } } },
    async (request, reply) => reply.code(201).send(await segments.create(request.workspace.id, request.body)),
  );

  app.post(
    '/api/segments/count',
    {
      // Asks only, changes nothing.
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'How many people satisfy a rule now',
        body: countRequest,
        response: { 200: countAnswer },
      },
    },
    (request) => segments.count(request.workspace.id, request.body.rule),
  );

  app.get(
    '/api/segments/suggestions',
    {
      schema: {
        tags,
        summary: 'Attributes and events a rule could ask about',
        response: { 200: suggestions },
      },
    },
    (request) => segments.suggestions(request.workspace.id),
  );

  app.get(
    '/api/segments/:id',
    { schema: { tags, summary: 'One segment', params, response: { 200: segment } } },
    (request) => segments.get(request.workspace.id, request.params.id),
  );

  app.patch(
    '/api/segments/:id',
    {
      schema: {
        tags,
        summary: 'Rename, or change the rule',
        params,
        body: segmentChange,
        response: { 200: segment },
      },
    },
    (request) => segments.update(request.workspace.id, request.params.id, request.body),
  );

  app.delete(
    '/api/segments/:id',
    { schema: { tags, summary: 'Remove a segment nothing else uses', params, response: { 204: z.null() } } },
    async (request, reply) => {
      await segments.remove(request.workspace.id, request.params.id);
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/segments/:id/members',
    {
      schema: {
        tags,
        summary: 'Members, by id',
        params,
        querystring: membersQuery,
        response: { 200: membersPage },
      },
    },
    (request) => segments.members(request.workspace.id, request.params.id, request.query),
  );
}
