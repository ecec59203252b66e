-- How long messages are kept, of workspaces that do not keep them for ever.
CREATE TABLE retentions (
  workspace   uuid PRIMARY KEY,
  -- After they were received; null: for ever.
  days        integer CHECK (days BETWEEN 1 AND 36500),
  set_by      text NOT NULL,
  set_at      timestamptz NOT NULL,
  -- The night of the next deletion.
  next_at     timestamptz NOT NULL,
  -- Everything received before is deleted.
  deleted_to  timestamptz,
  -- Under way: what was received before goes, and these hours, seconds since 1970, had events of it.
  deleting_to timestamptz,
  hours       jsonb
);
