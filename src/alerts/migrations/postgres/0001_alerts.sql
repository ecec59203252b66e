-- Where a workspace wants to be told.
CREATE TABLE alert_channels (
  id         uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace  uuid NOT NULL,
  name       text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('webhook', 'slack', 'email')),
  -- What may be shown of where it leads: an email address, or the host of a web address.
  target     text NOT NULL,
  -- {url, secret}, sealed: addresses of webhooks are secrets themselves. Null for email.
  sealed     text,
  paused     boolean NOT NULL DEFAULT false,
  -- The last message: when it arrived, or why it did not.
  arrived_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL,
  UNIQUE (workspace, name)
);

-- Something is not well, from the moment people are told until it is.
CREATE TABLE alert_incidents (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace    uuid NOT NULL,
  -- What it is about: connection, …
  watch        text NOT NULL,
  -- What happens alike is one incident: kind and cause.
  key          text NOT NULL,
  kind         text NOT NULL,
  cause        text NOT NULL,
  needs_person boolean NOT NULL,
  -- The first line of the last message, and what the other side said when it opened.
  summary      text NOT NULL DEFAULT '',
  message      text,
  hint         text,
  opened_at    timestamptz NOT NULL,
  -- The last message of any kind.
  told_at      timestamptz NOT NULL,
  -- All are well since; it closes when that has held for a while.
  well_since   timestamptz,
  closed_at    timestamptz
);
CREATE UNIQUE INDEX alert_incidents_open ON alert_incidents (workspace, watch, key) WHERE closed_at IS NULL;
CREATE INDEX alert_incidents_newest ON alert_incidents (workspace, opened_at);

CREATE TABLE alert_members (
  incident  uuid NOT NULL REFERENCES alert_incidents (id) ON DELETE CASCADE,
  subject   text NOT NULL,
  name      text NOT NULL,
  path      text NOT NULL,
  -- What it shares with others that the same act helps: an account. Its own key where there is nothing.
  scope     text NOT NULL,
  joined_at timestamptz NOT NULL,
  -- A message said, or did not need to say, that it is in trouble.
  told      boolean NOT NULL,
  left_at   timestamptz,
  -- well, paused, removed, or moved to another incident
  left_how  text,
  PRIMARY KEY (incident, subject)
);

-- Messages to be sent, written with what they tell of: sent at least once, with this id.
CREATE TABLE alert_messages (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  incident        uuid NOT NULL REFERENCES alert_incidents (id) ON DELETE CASCADE,
  channel         uuid NOT NULL REFERENCES alert_channels (id) ON DELETE CASCADE,
  content         jsonb NOT NULL,
  status          text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'arrived', 'given_up')),
  attempts        integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  last_error      text,
  created_at      timestamptz NOT NULL
);
CREATE INDEX alert_messages_waiting ON alert_messages (next_attempt_at) WHERE status = 'waiting';
CREATE INDEX alert_messages_of ON alert_messages (incident, channel, id);
CREATE INDEX alert_messages_channel ON alert_messages (channel);

-- When somebody last looked. After a stop everything is late, and given time to catch up.
CREATE TABLE alert_watches (
  watch         text PRIMARY KEY,
  looked_at     timestamptz NOT NULL,
  excused_until timestamptz
);

-- Late because they were paused: no limit while they are, some time to catch up afterwards.
CREATE TABLE alert_excused (
  watch   text NOT NULL,
  subject text NOT NULL,
  until   timestamptz,
  PRIMARY KEY (watch, subject)
);
