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
  stopped_at timestamptz
);
CREATE INDEX campaigns_by_workspace ON campaigns (workspace, id);

-- Every definition a campaign ever ran by stays readable.
CREATE TABLE campaign_versions (
  campaign   uuid NOT NULL REFERENCES campaigns (id) ON DELETE CASCADE,
  version    integer NOT NULL,
  workspace  uuid NOT NULL,
  definition jsonb NOT NULL,
  -- What stepping needs of it: [{id, type, seconds?, account?, template?}]; null for a draft.
  plan       jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (campaign, version)
);

-- A person in a campaign, once (re-entry: never).
CREATE TABLE enrolments (
  campaign   uuid NOT NULL REFERENCES campaigns (id),
  profile    text NOT NULL,
  workspace  uuid NOT NULL,
  status     text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'exited')),
  -- The step the person is at, counted in the newest version. Who left or finished keeps the last step reached;
  -- -1 when an edit took away every step they had been at.
  position   integer NOT NULL,
  -- When that step is to be done: for a wait, when it is over.
  due_at     timestamptz NOT NULL,
  entered_at timestamptz NOT NULL,
  ended_at   timestamptz,
  PRIMARY KEY (campaign, profile)
);
-- In the order of profiles within one instant, so that emails are queued, and attributes read, in that order.
CREATE INDEX enrolments_due ON enrolments (campaign, due_at, profile) WHERE status = 'active';

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
