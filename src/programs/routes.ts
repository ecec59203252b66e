import { z } from 'zod';
import type { Actor } from '../access/index.ts';
import { type App, id } from '../engine/index.ts';
import type { Programs } from './index.ts';
import {
  location,
  locationChange,
  newLocation,
  newProgram,
  program,
  programChange,
  programOption,
  programReport,
  programSummary,
  spellingView,
  type UpdatedBy,
} from './schema.ts';

const tags = ['programs'];
const params = z.object({ id });
const inProgram = z.object({ id, location: id });
const gone = { 204: z.null() };

/** The actor of a request, as far as it is kept. */
const byOf = ({ kind, id, name }: Actor): UpdatedBy => ({ kind, id, name });

export function programRoutes(app: App, programs: Programs): void {
  app.get(
    '/api/programs',
    {
      schema: {
        tags,
        summary: 'All loyalty programs, by name',
        response: { 200: z.object({ items: z.array(programSummary) }) },
      },
    },
    async ({ workspace }) => ({ items: await programs.list(workspace.id) }),
  );

  app.post(
    '/api/programs',
    { schema: { tags, summary: 'Make a loyalty program', body: newProgram, response: { 201: program } } },
    async ({ workspace, actor, body }, reply) =>
      reply.code(201).send(await programs.create(workspace.id, body, byOf(actor))),
  );

  app.get(
    '/api/programs/options',
    {
      schema: {
        tags,
        summary: 'Programs with their locations, to choose from',
        response: { 200: z.object({ items: z.array(programOption) }) },
      },
    },
    async ({ workspace }) => ({ items: await programs.options(workspace.id) }),
  );

  app.get(
    '/api/programs/:id/report',
    {
      schema: {
        tags,
        summary: 'The people of each location, and what they are worth',
        params,
        response: { 200: programReport },
      },
    },
    ({ workspace, params }) => programs.report(workspace.id, params.id),
  );

  app.get(
    '/api/programs/spellings',
    {
      schema: {
        tags,
        summary: 'What people have for their store location that means no location, most people first',
        response: { 200: z.object({ items: z.array(spellingView) }) },
      },
    },
    async ({ workspace }) => ({ items: await programs.unknownSpellings(workspace.id) }),
  );

  app.get(
    '/api/programs/:id',
    { schema: { tags, summary: 'One program with its locations', params, response: { 200: program } } },
    ({ workspace, params }) => programs.get(workspace.id, params.id),
  );

  app.patch(
    '/api/programs/:id',
    {
      schema: {
        tags,
        summary: 'Change a program; a later document may change it again',
        params,
        body: programChange,
        response: { 200: program },
      },
    },
    ({ workspace, actor, params, body }) => programs.update(workspace.id, params.id, body, byOf(actor)),
  );

  app.delete(
    '/api/programs/:id',
    {
      schema: {
        tags,
        summary: 'Remove a program with its locations; only a later document brings it back',
        params,
        response: gone,
      },
    },
    async ({ workspace, actor, params }, reply) => {
      await programs.remove(workspace.id, params.id, byOf(actor));
      return reply.code(204).send(null);
    },
  );

  locationRoutes(app, programs);
}

function locationRoutes(app: App, programs: Programs): void {
  app.post(
    '/api/programs/:id/locations',
    { schema: { tags, summary: 'Add a location', params, body: newLocation, response: { 201: location } } },
    async ({ workspace, actor, params, body }, reply) =>
      reply.code(201).send(await programs.addLocation(workspace.id, params.id, body, byOf(actor))),
  );

  app.patch(
    '/api/programs/:id/locations/:location',
    {
      schema: {
        tags,
        summary: 'Change a location',
        params: inProgram,
        body: locationChange,
        response: { 200: location },
      },
    },
    ({ workspace, actor, params, body }) =>
      programs.updateLocation(workspace.id, { id: params.location, program: params.id }, body, byOf(actor)),
  );

  app.delete(
    '/api/programs/:id/locations/:location',
    { schema: { tags, summary: 'Remove a location', params: inProgram, response: gone } },
    async ({ workspace, actor, params }, reply) => {
      const at = { id: params.location, program: params.id };
      await programs.removeLocation(workspace.id, at, byOf(actor));
      return reply.code(204).send(null);
    },
  );
}
