-- A question of the query API, kept with a name and the way it is drawn.
CREATE TABLE charts (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace  uuid NOT NULL,
  name       text NOT NULL,
  -- A body of POST /api/query as it was given. What it leaves out (from, to, timezone) is filled in when it is asked.
  query      jsonb NOT NULL,
  chart      text NOT NULL CHECK (chart IN ('line', 'bar', 'area', 'table', 'number', 'funnel', 'retention')),
  -- Who made it: kind, id and name, as they were then.
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (workspace, id)
);
CREATE UNIQUE INDEX charts_by_name ON charts (workspace, lower(name));

CREATE TABLE dashboards (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace  uuid NOT NULL,
  name       text NOT NULL,
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (workspace, id)
);
CREATE UNIQUE INDEX dashboards_by_name ON dashboards (workspace, lower(name));

-- The charts on a dashboard, in order. The workspace is part of both references, so that no dashboard can hold
-- another workspace's chart, whatever a program forgets to ask.
CREATE TABLE dashboard_charts (
  workspace uuid NOT NULL,
  dashboard uuid NOT NULL,
  chart     uuid NOT NULL,
  position  smallint NOT NULL,
  -- Of three columns.
  width     smallint NOT NULL CHECK (width BETWEEN 1 AND 3),
  height    smallint NOT NULL CHECK (height BETWEEN 1 AND 4),
  PRIMARY KEY (dashboard, chart),
  FOREIGN KEY (workspace, dashboard) REFERENCES dashboards (workspace, id) ON DELETE CASCADE,
  FOREIGN KEY (workspace, chart) REFERENCES charts (workspace, id)
);
CREATE INDEX dashboard_charts_by_chart ON dashboard_charts (workspace, chart);
