-- Past ranges of the log that are derived again, and how far each is.
CREATE TABLE reprocessings (
  id            uuid PRIMARY KEY DEFAULT uuidv7(),
  -- Null: of all workspaces.
  workspace     uuid,
  -- By the time of receipt: from_at <= received_at < until_at.
  from_at       timestamptz NOT NULL,
  until_at      timestamptz NOT NULL,
  -- Attributes, when people were seen, and identities too; these always from the whole log.
  profiles      boolean NOT NULL,
  asked_by      text NOT NULL,
  status        text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
  step          text NOT NULL DEFAULT 'prepare'
                CHECK (step IN ('prepare', 'events', 'profiles', 'verify', 'join', 'swap', 'mark', 'clear')),
  -- The processing it derives with; with another one, what was derived does not count.
  version       integer,
  -- How far the log is derived in this step: {day, workspace, at}.
  position      jsonb,
  -- Messages to read, and read.
  messages      bigint NOT NULL DEFAULT 0,
  messages_done bigint NOT NULL DEFAULT 0,
  per_second    double precision,
  -- What was counted when it was verified.
  verified      jsonb,
  -- Partitions of `events` that are replaced, and since when what arrives must be caught up.
  partitions    text[],
  joined_at     timestamptz,
  caught_up_at  timestamptz,
  attempts      integer NOT NULL DEFAULT 0,
  error         text,
  created_at    timestamptz NOT NULL,
  started_at    timestamptz,
  finished_at   timestamptz
);
CREATE INDEX reprocessings_unfinished ON reprocessings (created_at) WHERE status IN ('queued', 'running');
CREATE INDEX reprocessings_by_workspace ON reprocessings (workspace, created_at DESC);
