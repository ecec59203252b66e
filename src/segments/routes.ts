import { z } from 'zod';
import { type App, id, Problem } from '../engine/index.ts';
import type { Segments } from './index.ts';
import { ruleJsonSchema } from './rule_schema.ts';
import {
  countAnswer,
  countRequest,
  explained,
  explainRequest,
  membersPage,
  membersQuery,
  newSegment,
  picks,
  picksAnswer,
  segment,
  segmentChange,
  suggestions,
  uploadAnswer,
  valuesAnswer,
  valuesQuery,
} from './schema.ts';
import { peopleOnLines } from './upload.ts';

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

  app.post(
    '/api/segments/explain',
    {
      // Asks only, changes nothing.
      config: { role: 'viewer' },
      schema: {
        tags,
        summary: 'Why a person is in a segment, or satisfies a rule, or not',
        body: explainRequest,
        response: { 200: explained },
      },
    },
    (request) => segments.explain(request.workspace.id, request.body),
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
    '/api/segments/suggestions/values',
    {
      schema: {
        tags,
        summary: 'Frequent values of an attribute, or of a property of an event',
        querystring: valuesQuery,
        response: { 200: valuesAnswer },
      },
    },
    (request) => segments.values(request.workspace.id, request.query),
  );

  app.get(
    '/api/segments/rule.schema.json',
    {
      schema: {
        tags,
        summary: 'The language of rules as a JSON Schema',
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async () => ruleJsonSchema,
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

  app.post(
    '/api/segments/:id/people',
    {
      schema: {
        tags,
        summary: 'Pick people for a static segment, or take them out',
        params,
        body: picks,
        response: { 200: picksAnswer },
      },
    },
    (request) => segments.pick(request.workspace.id, request.params.id, request.body),
  );

  app.post(
    '/api/segments/:id/people/upload',
    {
      schema: {
        tags,
        summary: 'Pick everybody a file names',
        description:
          'multipart/form-data with a part `file`: one id or e-mail address a line, or a CSV with a column for them; ' +
          'at most 2,000,000 lines. What names nobody is left out.',
        consumes: ['multipart/form-data'],
        params,
        response: { 200: uploadAnswer },
      },
    },
    async (request) => {
      const file = request.isMultipart() ? await request.file() : undefined;
      if (!file) {
        throw new Problem(400, 'no_file', 'The request holds no file.', {
          field: 'file',
          hint: 'Send it as multipart/form-data, for example: curl -F file=@people.csv …',
        });
      }
      try {
        return await segments.pickAll(request.workspace.id, request.params.id, peopleOnLines(file.file));
      } catch (error) {
        // The rest of a file refused is read all the same: senders look for the answer only after it.
        request.raw.unpipe();
        request.raw.resume();
        throw error;
      }
    },
  );
}
