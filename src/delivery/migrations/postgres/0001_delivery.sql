-- Provider accounts, each with its token bucket: `tokens` as of `refilled_at`, at most `burst`.
-- The bucket lives here, not in a process, so that any number of workers share one limit.
CREATE TABLE accounts (
  id              uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace       uuid NOT NULL,
  name            text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('dev', 'smtp', 'ses', 'mailchimp_transactional', 'null')),
  -- From: `Shop <shop@example.com>`
  sender          text NOT NULL,
  -- What is not secret: host, port, region, …, by kind.
  settings        jsonb NOT NULL DEFAULT '{}',
  -- Passwords and keys by name, each sealed.
  secrets         jsonb NOT NULL DEFAULT '{}',
  rate_per_second double precision NOT NULL CHECK (rate_per_second > 0),
  burst           double precision NOT NULL CHECK (burst >= 1),
  tokens          double precision NOT NULL,
  refilled_at     timestamptz NOT NULL,
  status          text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  paused_reason   text,
  -- Since when it is paused because its provider refuses it; null where a person paused it.
  stopped_at      timestamptz,
  is_default      boolean NOT NULL DEFAULT false,
  created_at      timestamptz NOT NULL,
  UNIQUE (workspace, name)
);
CREATE UNIQUE INDEX accounts_default ON accounts (workspace) WHERE is_default;

-- What an email is made from, kept once however many people get it. The id is a hash of the content, so
-- editing a campaign never changes what was queued before.
CREATE TABLE templates (
  workspace uuid NOT NULL,
  id        text NOT NULL,
  subject   text NOT NULL,
  html      text NOT NULL,
  text      text,
  PRIMARY KEY (workspace, id)
);

-- The ledger: one row a person, campaign and step. The right to send is taken here (status 'sending')
-- before a provider is called, and the Message-ID is fixed when the row is made.
CREATE TABLE emails (
  id              uuid PRIMARY KEY,
  workspace       uuid NOT NULL,
  campaign        uuid NOT NULL,
  campaign_name   text NOT NULL,
  profile         text NOT NULL,
  step            text NOT NULL,
  account         uuid NOT NULL REFERENCES accounts (id),
  template        text NOT NULL,
  message_id      text NOT NULL,
  -- The person's address and the subject as they were when it was sent; empty before.
  address         text NOT NULL DEFAULT '',
  subject         text NOT NULL DEFAULT '',
  status          text NOT NULL DEFAULT 'queued'
                  CHECK (status IN ('queued', 'sending', 'sent', 'failed', 'suppressed', 'cancelled')),
  -- How often the row was claimed; also the fence against a worker that was given up for dead and was not.
  attempts        integer NOT NULL DEFAULT 0,
  -- Attempts that do not count against the limit: before a resend, or not the email's own fault.
  attempts_waived integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL,
  worker          uuid,
  sending_at      timestamptz,
  last_error      text,
  queued_at       timestamptz NOT NULL,
  sent_at         timestamptz,
  unsubscribed_at timestamptz,
  UNIQUE (campaign, profile, step)
);
-- Claiming: the due rows of one account and campaign. Ids grow in the order of profiles, so that a batch
-- reads neighbours out of the profile views.
CREATE INDEX emails_due ON emails (account, campaign, next_attempt_at, id) WHERE status = 'queued';
CREATE INDEX emails_sending ON emails (worker) WHERE status = 'sending';
CREATE INDEX emails_newest ON emails (workspace, id);
CREATE INDEX emails_person ON emails (workspace, profile);
CREATE INDEX emails_failed ON emails (workspace, id) WHERE status = 'failed';

-- One row an account and campaign that ever had emails: what the sender goes round, so that campaigns share
-- an account evenly, and what pausing a campaign holds without touching its emails.
CREATE TABLE email_queues (
  workspace uuid NOT NULL,
  account   uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  campaign  uuid NOT NULL,
  held      boolean NOT NULL DEFAULT false,
  PRIMARY KEY (account, campaign)
);
CREATE INDEX email_queues_campaign ON email_queues (campaign);

-- Results on their way to the log: written with the result, deleted when the log has them.
CREATE TABLE email_results (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace uuid NOT NULL,
  email     uuid NOT NULL,
  kind      text NOT NULL CHECK (kind IN ('sent', 'failed', 'unsubscribed')),
  attempt   integer NOT NULL,
  at        timestamptz NOT NULL
);

-- Who must not be written to. Checked when an email is about to be sent.
CREATE TABLE suppressions (
  id        uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace uuid NOT NULL,
  -- lower-cased
  address   text NOT NULL,
  reason    text NOT NULL CHECK (reason IN ('manual', 'unsubscribe', 'bounce', 'complaint')),
  at        timestamptz NOT NULL,
  -- The email it came from, where there is one.
  email     uuid,
  UNIQUE (workspace, address)
);

-- The dev mailbox: emails that were never sent anywhere, kept for people to look at.
CREATE TABLE mailbox (
  id          uuid PRIMARY KEY,
  workspace   uuid NOT NULL,
  message_id  text NOT NULL,
  email       uuid,
  profile     text,
  "to"        text NOT NULL,
  "from"      text NOT NULL,
  subject     text NOT NULL,
  html        text NOT NULL,
  text        text NOT NULL,
  -- [{name, value}]
  headers     jsonb NOT NULL,
  received_at timestamptz NOT NULL,
  UNIQUE (workspace, message_id)
);
CREATE INDEX mailbox_newest ON mailbox (workspace, id);
CREATE INDEX mailbox_email ON mailbox (email);

-- Processes that send. One that stops beating has its emails taken back. No workspace: a worker serves all.
CREATE TABLE delivery_workers (
  id           uuid PRIMARY KEY,
  heartbeat_at timestamptz NOT NULL
);
