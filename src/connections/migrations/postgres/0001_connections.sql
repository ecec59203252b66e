-- Links to lists held by third parties.
CREATE TABLE connections (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace       uuid NOT NULL,
  name            text NOT NULL,
  -- The kind of source: mailchimp, file, …
  kind            text NOT NULL,
  -- What is not secret; checked by the source.
  settings        jsonb NOT NULL DEFAULT '{}',
  -- What is, sealed; never given out.
  credentials     text,
  -- What the provider counts simultaneous calls by: a hash of kind and key. Shared by all connections with the same key.
  account         text NOT NULL,
  -- [{field, attribute}]: which fields of a record become which attributes.
  mapping         jsonb NOT NULL DEFAULT '[]',
  -- [{kind, settings}]: where records go; the credentials of sinks are sealed in one text.
  sinks           jsonb NOT NULL DEFAULT '[]',
  sink_credentials text,
  -- Seconds between runs, or a cron expression with the workspace's time zone.
  every_seconds   integer CHECK (every_seconds >= 60),
  cron            text,
  paused          boolean NOT NULL DEFAULT false,
  -- At most this share of the records may be removed by one run without a person's word.
  removal_limit   double precision NOT NULL DEFAULT 0.2,
  -- Freshness: everything the source held at this instant (its clock) is held by every sink.
  in_sync_as_of   timestamptz,
  -- What the next incremental pull begins with; opaque to all but the source.
  cursor          jsonb,
  last_full_at    timestamptz,
  -- The same instant as in_sync_as_of by our own clock: what lag is measured from.
  synced_at       timestamptz,
  -- The number of the newest full listing.
  listing         bigint NOT NULL DEFAULT 0,
  -- Why it is not going well: {code, message, hint, since, retry: boolean}; null when it is.
  trouble         jsonb,
  failures        integer NOT NULL DEFAULT 0,
  next_run_at     timestamptz NOT NULL,
  -- What the next run is to be: incremental, full; and removals a person has confirmed for it.
  wanted          text NOT NULL DEFAULT 'incremental' CHECK (wanted IN ('incremental', 'full')),
  removals_confirmed boolean NOT NULL DEFAULT false,
  -- Grows with each time somebody asks for a run: who asks during one gets one.
  asks            bigint NOT NULL DEFAULT 0,
  -- The lease of the turn that runs it now; `fence` grows with each, and with each change: what it guards is then refused.
  worker          uuid,
  leased_until    timestamptz,
  fence           bigint NOT NULL DEFAULT 0,
  -- How long a run takes: the average of the last ten that were done, milliseconds.
  usual_ms        double precision NOT NULL DEFAULT 0,
  -- How many of its records are on the list, all of them surely; null when that is to be counted again.
  counted         bigint,
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  CHECK ((every_seconds IS NULL) <> (cron IS NULL)),
  UNIQUE (workspace, name)
);
CREATE INDEX connections_due ON connections (next_run_at) WHERE NOT paused;
CREATE INDEX connections_leased ON connections (leased_until) WHERE worker IS NOT NULL;

-- What the sinks hold of each record: what all of them acknowledged last, so that only differences travel.
CREATE TABLE connection_records (
  connection uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  record     text NOT NULL,
  -- Of the content as mapped. Empty: being applied, or killed at it; the sinks may hold it or not.
  hash       bytea NOT NULL,
  -- Who it was applied to, and the attributes that had a value.
  profile    text,
  -- Who it may have been applied to before, while it is being applied to somebody else.
  former     text[] NOT NULL DEFAULT '{}',
  -- False: known, but not on the list (archived), and not in its count.
  listed     boolean NOT NULL,
  attributes text[] NOT NULL,
  applied_at timestamptz NOT NULL,
  -- When it changed last, as the source says.
  changed_at timestamptz,
  -- The full listing that saw it last.
  seen       bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (connection, record)
) WITH (fillfactor = 85);
-- Not by connection first: of two indexes that begin alike, one would be taken to read a whole list for a few records.
CREATE INDEX connection_records_profile ON connection_records (profile, connection);

CREATE TABLE connection_runs (
  id          uuid PRIMARY KEY DEFAULT uuidv7(),
  connection  uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  kind        text NOT NULL CHECK (kind IN ('probe', 'incremental', 'full')),
  status      text NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
  -- Everything at this instant of the source's clock is in the sinks, once it is done.
  as_of       timestamptz,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  calls       integer NOT NULL DEFAULT 0,
  bytes       bigint NOT NULL DEFAULT 0,
  seen        integer NOT NULL DEFAULT 0,
  changed     integer NOT NULL DEFAULT 0,
  removed     integer NOT NULL DEFAULT 0,
  refused     integer NOT NULL DEFAULT 0,
  -- How many there are to see, for progress; null when not known.
  expected    integer,
  error       jsonb
);
CREATE INDEX connection_runs_newest ON connection_runs (connection, id);

-- Records a sink refuses for good. Inspected and replayed by a person.
CREATE TABLE connection_dead_letters (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  connection uuid NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
  sink       text NOT NULL,
  record     text NOT NULL,
  operation  text NOT NULL CHECK (operation IN ('upsert', 'remove')),
  content    jsonb NOT NULL,
  reason     text NOT NULL,
  attempts   integer NOT NULL DEFAULT 1,
  first_at   timestamptz NOT NULL,
  last_at    timestamptz NOT NULL,
  UNIQUE (connection, sink, record)
);
