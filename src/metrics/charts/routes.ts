import { z } from 'zod';
import { type App, id } from '../../engine/index.ts';
import type { Charts } from './index.ts';
import {
  type CreatedBy,
  chart,
  chartChange,
  dashboard,
  dashboardChange,
  dashboardSummary,
  newChart,
  newDashboard,
} from './schema.ts';

const tags = ['charts'];
const params = z.object({ id });
const gone = { 204: z.null() };

/** The actor of a request, as far as it is kept. */
const makerOf = ({ kind, id, name }: CreatedBy): CreatedBy => ({ kind, id, name });

export function chartRoutes(app: App, charts: Charts): void {
  app.get(
    '/api/charts',
    {
      schema: {
        tags,
        summary: 'All saved charts, by name',
        response: { 200: z.object({ items: z.array(chart) }) },
      },
    },
    async ({ workspace }) => ({ items: await charts.list(workspace.id) }),
  );

  app.post(
    '/api/charts',
    { schema: { tags, summary: 'Save a question as a chart', body: newChart, response: { 201: chart } } },
    async ({ workspace, actor, body }, reply) =>
      reply.code(201).send(await charts.create(workspace, body, makerOf(actor))),
  );

  app.get(
    '/api/charts/:id',
    { schema: { tags, summary: 'One chart', params, response: { 200: chart } } },
    ({ workspace, params }) => charts.get(workspace.id, params.id),
  );

  app.patch(
    '/api/charts/:id',
    {
      schema: {
        tags,
        summary: 'Rename a chart, change its question or how it is drawn',
        params,
        body: chartChange,
        response: { 200: chart },
      },
    },
    ({ workspace, params, body }) => charts.update(workspace, params.id, body),
  );

  app.delete(
    '/api/charts/:id',
    {
      schema: {
        tags,
        summary: 'Delete a chart; 409 naming the dashboards that show it',
        params,
        querystring: z.object({
          off_dashboards: z
            .enum(['true', 'false'])
            .default('false')
            .describe('Take it off the dashboards that show it'),
        }),
        response: gone,
      },
    },
    async ({ workspace, params, query }, reply) => {
      await charts.remove(workspace.id, params.id, query.off_dashboards === 'true');
      return reply.code(204).send(null);
    },
  );

  dashboardRoutes(app, charts);
}

function dashboardRoutes(app: App, charts: Charts): void {
  app.get(
    '/api/dashboards',
    {
      schema: {
        tags,
        summary: 'All dashboards, by name',
        response: { 200: z.object({ items: z.array(dashboardSummary) }) },
      },
    },
    async ({ workspace }) => ({ items: await charts.dashboards(workspace.id) }),
  );

  app.post(
    '/api/dashboards',
    { schema: { tags, summary: 'Make a dashboard', body: newDashboard, response: { 201: dashboard } } },
    async ({ workspace, actor, body }, reply) =>
      reply.code(201).send(await charts.createDashboard(workspace.id, body, makerOf(actor))),
  );

  app.get(
    '/api/dashboards/:id',
    { schema: { tags, summary: 'One dashboard with its charts', params, response: { 200: dashboard } } },
    ({ workspace, params }) => charts.dashboard(workspace.id, params.id),
  );

  app.patch(
    '/api/dashboards/:id',
    {
      schema: {
        tags,
        summary: 'Rename a dashboard, or lay it out anew',
        params,
        body: dashboardChange,
        response: { 200: dashboard },
      },
    },
    ({ workspace, params, body }) => charts.updateDashboard(workspace.id, params.id, body),
  );

  app.delete(
    '/api/dashboards/:id',
    { schema: { tags, summary: 'Delete a dashboard; its charts stay', params, response: gone } },
    async ({ workspace, params }, reply) => {
      await charts.removeDashboard(workspace.id, params.id);
      return reply.code(204).send(null);
    },
  );
}
