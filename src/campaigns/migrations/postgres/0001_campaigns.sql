CREATE TABLE campaigns (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace  uuid NOT NULL,
  name       text NOT NULL,
  status     text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'paused', 'stopped')),
  -- The newest version: the one people go by.
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  started_at timestamptz,
  -- When everybody was out; null while a stopped campaign is still being cleared.
  stopped_at timestamptz,
  -- When the schedule lets people in next.
  fires_at   timestamptz
);
CREATE INDEX campaigns_firing ON campaigns (fires_at) WHERE status = 'running';
CREATE INDEX campaigns_by_workspace ON campaigns (workspace, id);

-- Every definition a campaign ever ran by stays readable.
CREATE TABLE campaign_versions (
  campaign   uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  version    integer NOT NULL,
  workspace  uuid NOT NULL,
  definition jsonb NOT NULL,
  -- The steps laid out flat, as stepping needs them (flow.ts); null for a draft.
  plan       jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (campaign, version)
);

-- A person in a campaign: one row each time they enter.
CREATE TABLE enrolments (
  campaign   uuid NOT NULL REFERENCES campaigns (id),
  profile    text NOT NULL,
  -- Which time: 1 the first.
  round      integer NOT NULL DEFAULT 1,
  workspace  uuid NOT NULL,
  status     text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'exited')),
  -- The step the person is at; who left or finished keeps the last one reached.
  step       text,
  arrived_at timestamptz NOT NULL,
  -- When that step is to be done: for a wait, when it is over.
  due_at     timestamptz NOT NULL,
  -- When what the step waits for happened.
  heard_at   timestamptz,
  entered_at timestamptz NOT NULL,
  ended_at   timestamptz,
  -- Why the person left.
  ended_by   text,
  -- When the goal of the campaign was reached, within its time.
  goal_at    timestamptz,
  -- The way taken at each split: {"<step>": "<way>"}
  ways       jsonb NOT NULL DEFAULT '{}',
  -- What let the person in, where they may enter again: the same occasion lets nobody in twice.
  arrival    text,
  -- What came with it: {{ entry.… }} in templates.
  parameters jsonb,
  PRIMARY KEY (campaign, profile, round)
);
-- In the order of profiles within one instant, so that emails are queued, and attributes read, in that order.
CREATE INDEX enrolments_due ON enrolments (campaign, due_at, profile) WHERE status = 'active';
CREATE UNIQUE INDEX enrolments_active ON enrolments (campaign, profile) WHERE status = 'active' AND arrival IS NOT NULL;
CREATE UNIQUE INDEX enrolments_arrivals ON enrolments (campaign, profile, arrival) WHERE arrival IS NOT NULL;

-- How many got to each step. Several rows a step, so that workers do not wait for each other.
CREATE TABLE campaign_steps (
  campaign uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  step     text NOT NULL,
  shard    integer NOT NULL,
  reached  bigint NOT NULL,
  PRIMARY KEY (campaign, step, shard)
);

-- How far the events a campaign waits for are heard: 'entry', 'goal', 'exit', 'step:<id>', 'imports', 'syncs'.
CREATE TABLE campaign_listeners (
  campaign  uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  listener  text NOT NULL,
  workspace uuid NOT NULL,
  -- From when it counts: nothing from before the campaign ran lets anybody in.
  since     timestamptz NOT NULL,
  -- A time of receipt.
  through   timestamptz NOT NULL,
  PRIMARY KEY (campaign, listener)
);

-- Occasions on which all people of the segments enter: a time of the schedule, an import, a run of a connection, a document.
CREATE TABLE campaign_firings (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  campaign   uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  workspace  uuid NOT NULL,
  arrival    text NOT NULL,
  -- What was received up to then must be in the segments first.
  at         timestamptz NOT NULL,
  -- Instead of the entry segments.
  segments   uuid[],
  parameters jsonb,
  done_at    timestamptz,
  UNIQUE (campaign, arrival)
);
CREATE INDEX campaign_firings_open ON campaign_firings (campaign, at) WHERE done_at IS NULL;

-- Calls to other programs on their way. Kept when they are over, for the report.
CREATE TABLE campaign_webhooks (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace       uuid NOT NULL,
  campaign        uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  step            text NOT NULL,
  profile         text NOT NULL,
  round           integer NOT NULL,
  url             text NOT NULL,
  attributes      text[] NOT NULL,
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'delivered', 'failed')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  created_at      timestamptz NOT NULL,
  last_error      text,
  UNIQUE (campaign, profile, round, step)
);
CREATE INDEX campaign_webhooks_due ON campaign_webhooks (next_attempt_at) WHERE status = 'waiting';

-- How far each entry segment is read: the segment's computation up to which its changes are in; null before
-- everybody in it was let in.
CREATE TABLE campaign_entries (
  campaign        uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  segment         uuid NOT NULL,
  workspace       uuid NOT NULL,
  through_version integer,
  PRIMARY KEY (campaign, segment)
);
CREATE INDEX campaign_entries_segment ON campaign_entries (segment);
