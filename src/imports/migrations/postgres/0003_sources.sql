-- Places whose files are taken in as they come: a folder of this machine, a bucket.
CREATE TABLE import_sources (
  id             uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace      uuid NOT NULL,
  name           text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('folder', 's3')),
  -- What is not secret. Of a folder: its name inside RAPPORT_IMPORT_FOLDER. Of a bucket: its address, region, endpoint.
  settings       jsonb NOT NULL,
  -- What is, sealed; never given out.
  credentials    text,
  -- How its CSV files are read; null: as files with the same columns were, else guessed.
  mapping        jsonb,
  max_bad_share  double precision,
  every_seconds  integer NOT NULL CHECK (every_seconds > 0),
  paused         boolean NOT NULL DEFAULT false,
  next_look_at   timestamptz NOT NULL,
  last_look_at   timestamptz,
  -- Why the last look did not go well; null when it did.
  last_error     text,
  -- A folder that was removed is not found again, though it is still there.
  removed        boolean NOT NULL DEFAULT false,
  created_at     timestamptz NOT NULL
);

CREATE INDEX import_sources_by_workspace ON import_sources (workspace, name);
CREATE INDEX import_sources_due ON import_sources (next_look_at) WHERE NOT paused AND NOT removed;
CREATE UNIQUE INDEX import_sources_by_folder ON import_sources ((settings->>'folder')) WHERE kind = 'folder';

-- What was seen in a source, so that nothing is taken twice and a file is taken only once it has stopped growing.
CREATE TABLE import_objects (
  source   uuid NOT NULL REFERENCES import_sources (id) ON DELETE CASCADE,
  -- Its name there.
  key      text NOT NULL,
  -- Its version: what changes with the content.
  etag     text NOT NULL,
  seen_at  timestamptz NOT NULL,
  -- The import it became; null until it was taken.
  import   uuid,
  -- Why it cannot be taken, in which case it is not tried again in this version.
  refused  text,
  PRIMARY KEY (source, key)
);

ALTER TABLE imports ADD COLUMN source uuid REFERENCES import_sources (id) ON DELETE SET NULL;
CREATE INDEX imports_by_source ON imports (source, created_at DESC) WHERE source IS NOT NULL;
