-- One file taken in once. The file itself lies in <data directory>/imports/<id> until it is processed.
CREATE TABLE imports (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace       uuid NOT NULL,
  file_name       text NOT NULL,
  bytes           bigint NOT NULL,
  sha256          text NOT NULL,
  status          text NOT NULL CHECK (
    status IN ('queued', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone')),
  error           text,
  -- csv, messages or activity, as soon as the file was looked at.
  format          text,
  -- The mapping asked for, or the guessed one as soon as the file was looked at; only CSV has one.
  mapping         jsonb,
  -- A person chose it: it is suggested for the next file with the same columns (headers_key).
  mapping_chosen  boolean NOT NULL DEFAULT false,
  headers_key     text,
  -- Beyond this share of bad rows it stops; null: what is usual.
  max_bad_share   double precision,
  -- Names the messages: import:<content_key>:<row>. Made of the content and the mapping, so the same file
  -- taken in again makes the same messages.
  content_key     text,
  -- An earlier import of the same content with the same mapping; nothing was written for this one.
  duplicate_of    uuid,
  -- The checkpoint: all rows up to this one are in the log, or in import_errors.
  rows            bigint NOT NULL DEFAULT 0,
  rows_ok         bigint NOT NULL DEFAULT 0,
  rows_bad        bigint NOT NULL DEFAULT 0,
  bytes_read      bigint NOT NULL DEFAULT 0,
  rows_per_second double precision,
  -- Checked beyond the checkpoint when too many bad rows stopped it; none of these rows is in the log.
  stopped_rows    bigint NOT NULL DEFAULT 0,
  stopped_bad     bigint NOT NULL DEFAULT 0,
  -- Starts of the processing since the last progress: a file that ends the process every time is given up.
  attempts        integer NOT NULL DEFAULT 0,
  created_at      timestamptz NOT NULL,
  started_at      timestamptz,
  finished_at     timestamptz
);

CREATE INDEX imports_by_workspace ON imports (workspace, created_at DESC);
CREATE INDEX imports_waiting ON imports (created_at) WHERE status IN ('queued', 'running');
CREATE INDEX imports_by_headers ON imports (workspace, headers_key, created_at DESC) WHERE mapping_chosen;
CREATE INDEX imports_undoing ON imports (created_at) WHERE status = 'undoing';
CREATE INDEX imports_stopped ON imports (finished_at) WHERE stopped_bad > 0;
CREATE INDEX imports_by_content ON imports (workspace, content_key) WHERE status = 'done';

CREATE TABLE import_errors (
  import      uuid NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  workspace   uuid NOT NULL,
  -- The physical line of the file at which the row starts, from 1. One error a row: the first.
  line        bigint NOT NULL,
  column_name text NOT NULL,
  value       text NOT NULL,
  reason      text NOT NULL,
  PRIMARY KEY (import, line)
);
