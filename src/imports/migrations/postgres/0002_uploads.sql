-- Uploads under way, which may be gone on with after a cut or a closed tab. The bytes lie in <data directory>/imports/<id>.part;
-- when all are there it becomes the import of the same id.
CREATE TABLE import_uploads (
  id            uuid PRIMARY KEY,
  workspace     uuid NOT NULL,
  file_name     text NOT NULL,
  mapping       jsonb,
  max_bad_share double precision,
  bytes         bigint NOT NULL,
  -- All bytes before this one are durable.
  received      bigint NOT NULL DEFAULT 0,
  -- When something of it came last; it is thrown away some time after.
  active_at     timestamptz NOT NULL
);

CREATE INDEX import_uploads_by_activity ON import_uploads (active_at);
