import { z } from 'zod';
import { id } from '../../engine/index.ts';

export const chartKinds = ['line', 'bar', 'area', 'table', 'number', 'funnel', 'retention'] as const;
export type ChartKind = (typeof chartKinds)[number];

/** Of one workspace. A saved question may have so many bytes of JSON. */
export const limits = { charts: 500, dashboards: 100, chartsOnDashboard: 30, queryBytes: 10_000 } as const;

const time = z.string().describe('ISO 8601, UTC');

const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(
    (text) => !text.includes('\0') && text.isWellFormed(),
    'must not contain U+0000 or half a character',
  )
  .describe('One of its kind in the workspace, capitals not counting');

const createdBy = z
  .object({ kind: z.enum(['person', 'api_key', 'instance']), id: z.string(), name: z.string() })
  .describe('Who made it, named as they were then');
export type CreatedBy = z.infer<typeof createdBy>;

const query = z
  .record(z.string(), z.unknown())
  .describe(
    'A body of POST /api/query. Leave `from` and `to` out, and the chart always shows the newest time; ' +
      `at most ${limits.queryBytes} bytes.`,
  )
  .meta({ examples: [{ question: 'top', dimension: 'path', metrics: ['visitors'], limit: 10 }] });

const kind = z
  .enum(chartKinds)
  .describe('How it is drawn. A funnel and retention are drawn as such or as a table.');

export const chart = z
  .object({
    id: z.string(),
    name: z.string(),
    query,
    chart: kind,
    created_by: createdBy,
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Chart' });
export type Chart = z.infer<typeof chart>;

export const newChart = z.object({ name, query, chart: kind });
export type NewChart = z.infer<typeof newChart>;
export const chartChange = newChart.partial();
export type ChartChange = z.infer<typeof chartChange>;

const placed = z.object({
  chart: id.describe('The id of a chart'),
  width: z
    .union([z.literal(1), z.literal(2), z.literal(3)])
    .default(1)
    .describe('Columns, of three'),
  height: z.number().int().min(1).max(4).default(1).describe('Rows'),
});
export type Placed = z.infer<typeof placed>;

const layout = z
  .array(placed)
  .max(limits.chartsOnDashboard)
  .refine((all) => new Set(all.map((one) => one.chart)).size === all.length, 'holds a chart twice')
  .describe('The charts in the order they are read; they flow into rows of three columns');

export const dashboardSummary = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string().describe('Its address in the page, for members of the workspace'),
  charts: z.number().int().describe('How many charts it shows'),
  created_by: createdBy,
  created_at: time,
  updated_at: time,
});
export type DashboardSummary = z.infer<typeof dashboardSummary>;

export const dashboard = dashboardSummary
  .extend({ layout, charts: z.array(chart).describe('The charts of the layout, in its order') })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof dashboard>;

export const newDashboard = z.object({ name, layout: layout.default([]) });
export type NewDashboard = z.infer<typeof newDashboard>;
export const dashboardChange = z.object({ name: name.optional(), layout: layout.optional() });
export type DashboardChange = z.infer<typeof dashboardChange>;
