-- What is noted of people who get emails of an account: nothing, unless somebody says so.
ALTER TABLE accounts ADD COLUMN track_opens boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN track_clicks boolean NOT NULL DEFAULT false;

-- The loyalty program an email belongs to: whose sender it goes out from, and whose consents it needs.
ALTER TABLE emails ADD COLUMN program uuid;

-- What an address said of a program's emails, the newest word alone; without a row nothing was said. Of erased people a keyed
-- hash is kept and no address, as in `suppressions`, which says who gets no emails at all.
CREATE TABLE consents (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace    uuid NOT NULL,
  program      uuid NOT NULL,
  -- lower-cased
  address      text,
  hash         text,
  status       text NOT NULL CHECK (status IN ('subscribed', 'unsubscribed', 'pending')),
  at           timestamptz NOT NULL,
  how          text NOT NULL CHECK (how IN ('link', 'page', 'api', 'import')),
  -- When somebody who reads what comes to the address said yes.
  confirmed_at timestamptz,
  -- The confirmation email: when the next one may go out, and when the last one did.
  ask_at       timestamptz,
  asked_at     timestamptz,
  -- The email it was said by, where there is one.
  email        uuid,
  CONSTRAINT consents_one CHECK ((address IS NULL) <> (hash IS NULL)),
  UNIQUE (workspace, address, program),
  UNIQUE (workspace, hash, program)
);
CREATE INDEX consents_newest ON consents (workspace, id);
CREATE INDEX consents_ask ON consents (ask_at) WHERE ask_at IS NOT NULL;

-- Programs whose emails go to confirmed addresses alone.
CREATE TABLE program_consents (
  workspace     uuid NOT NULL,
  program       uuid NOT NULL,
  double_opt_in boolean NOT NULL,
  PRIMARY KEY (workspace, program)
);

-- What addresses said, on its way to the log: written with it, deleted when the log has it.
CREATE TABLE consent_events (
  id        uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace uuid NOT NULL,
  kind      text NOT NULL CHECK (kind IN ('subscribed', 'unsubscribed', 'requested', 'confirmed')),
  -- Null: of all emails of the workspace.
  program   uuid,
  address   text NOT NULL,
  -- Null where only the address is known.
  profile   text,
  at        timestamptz NOT NULL,
  how       text NOT NULL,
  email     uuid
);

-- That somebody unsubscribed is such an event, and no result of an email.
DELETE FROM email_results WHERE kind = 'unsubscribed';
ALTER TABLE email_results DROP CONSTRAINT email_results_kind_check;
ALTER TABLE email_results ADD CONSTRAINT email_results_kind_check CHECK (
  kind IN ('sent', 'failed', 'delivered', 'opened', 'clicked', 'bounced', 'complained'));
