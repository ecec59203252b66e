import type { ColumnType, Generated, Selectable } from 'kysely';
import type { ChartKind, CreatedBy, Placed } from './schema.ts';

type Json<T> = ColumnType<T, string, string>;

interface ChartsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  query: Json<Record<string, unknown>>;
  chart: ChartKind;
  created_by: Json<CreatedBy>;
  created_at: Date;
  updated_at: Date;
}

interface DashboardsTable {
  id: Generated<string>;
  workspace: string;
  name: string;
  created_by: Json<CreatedBy>;
  created_at: Date;
  updated_at: Date;
}

interface DashboardChartsTable {
  workspace: string;
  dashboard: string;
  chart: string;
  position: number;
  width: Placed['width'];
  height: number;
}

export type Tables = {
  charts: ChartsTable;
  dashboards: DashboardsTable;
  dashboard_charts: DashboardChartsTable;
};
export type ChartRow = Selectable<ChartsTable>;
export type DashboardRow = Selectable<DashboardsTable>;
