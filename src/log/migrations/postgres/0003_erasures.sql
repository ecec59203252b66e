-- Erasures of people. No personal data stays here: the ids are sealed, and gone when it is done.
CREATE TABLE erasures (
  id          uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace   uuid NOT NULL,
  asked_by    text NOT NULL,
  status      text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done')),
  -- Who it is: {ids, addresses}, sealed; null when it is done.
  person      text,
  -- Hours that had events of the person, seconds since 1970; null when they are marked and it is done.
  hours       jsonb,
  -- What was erased where: {place: rows}.
  removed     jsonb NOT NULL DEFAULT '{}',
  ids         integer NOT NULL,
  created_at  timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX erasures_by_workspace ON erasures (workspace, created_at DESC);
CREATE INDEX erasures_unfinished ON erasures (created_at) WHERE status <> 'done';

-- Ids of erased people, as keyed hashes: what is sent of them again is refused.
CREATE TABLE erased_ids (
  workspace uuid NOT NULL,
  hash      text NOT NULL,
  erasure   uuid NOT NULL REFERENCES erasures,
  PRIMARY KEY (workspace, hash)
);
