-- CloudEvent documents that no room takes yet (loyalty programs), as they came, so that nothing that was acknowledged
-- is lost: the room that will take them begins with these.
CREATE TABLE kept_documents (
  workspace   uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
  -- CloudEvents: source and id together are unique.
  source      text NOT NULL,
  id          text NOT NULL,
  type        text NOT NULL,
  -- The text, not jsonb: halves of surrogate pairs are no jsonb.
  document    text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, source, id)
);
