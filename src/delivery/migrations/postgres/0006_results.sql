-- What becomes of an email after it was sent. The columns are what `email_happenings` come to: the earliest of each kind.
-- The provider's own id of an email; with SMTP the words in which the server took it.
ALTER TABLE emails ADD COLUMN provider_id text;
ALTER TABLE emails ADD COLUMN delivered_at timestamptz;
-- By a person; a click is an open too. What a mail scanner opens by itself says nothing of anybody.
ALTER TABLE emails ADD COLUMN opened_at timestamptz;
ALTER TABLE emails ADD COLUMN opened_by_machine_at timestamptz;
ALTER TABLE emails ADD COLUMN clicked_at timestamptz;
ALTER TABLE emails ADD COLUMN bounced_at timestamptz;
-- Whether the address will never take an email; null without a bounce.
ALTER TABLE emails ADD COLUMN bounce_permanent boolean;
ALTER TABLE emails ADD COLUMN bounce_reason text;
ALTER TABLE emails ADD COLUMN complained_at timestamptz;
CREATE INDEX emails_provider_id ON emails (account, provider_id) WHERE provider_id IS NOT NULL;
-- Looking an address up by its beginning. Any part of it, by pg_trgm, would make writing a result four times as dear.
CREATE INDEX emails_address ON emails (workspace, lower(address) text_pattern_ops) WHERE address <> '';
-- They are few among many.
CREATE INDEX emails_bounced ON emails (workspace, id) WHERE bounced_at IS NOT NULL;
CREATE INDEX emails_complained ON emails (workspace, id) WHERE complained_at IS NOT NULL;

-- What happened to emails, each once however often it is told: `key` is made by who tells it.
CREATE TABLE email_happenings (
  email     uuid NOT NULL REFERENCES emails (id) ON DELETE CASCADE,
  key       text NOT NULL,
  kind      text NOT NULL CHECK (kind IN ('sent', 'delivered', 'opened', 'clicked', 'bounced', 'complained')),
  at        timestamptz NOT NULL,
  machine   boolean NOT NULL,
  url       text,
  reason    text,
  permanent boolean NOT NULL,
  PRIMARY KEY (email, key)
);

ALTER TABLE email_results DROP CONSTRAINT email_results_kind_check;
ALTER TABLE email_results ADD CONSTRAINT email_results_kind_check CHECK (
  kind IN ('sent', 'failed', 'unsubscribed', 'delivered', 'opened', 'clicked', 'bounced', 'complained'));
-- The key of the happening it tells of; null for what the ledger says itself.
ALTER TABLE email_results ADD COLUMN happening text;

-- What comes by the address a provider calls: when it came last, and what was wrong with what was refused since.
CREATE TABLE account_hooks (
  account    uuid PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  heard_at   timestamptz,
  trouble    text,
  trouble_at timestamptz
);
