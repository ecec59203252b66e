-- A template that the provider keeps, sent instead of HTML and text: {name, data}.
ALTER TABLE templates ADD COLUMN stored jsonb;

-- What campaigns ask of emails beside who gets what: a person may enter again, hours, what came with the entry, a cap.
-- Which time the person went through the campaign.
ALTER TABLE emails ADD COLUMN round integer NOT NULL DEFAULT 1;
ALTER TABLE emails DROP CONSTRAINT emails_campaign_profile_step_key;
ALTER TABLE emails ADD CONSTRAINT emails_once UNIQUE (campaign, profile, step, round);
-- What came with the entry: {{ entry.… }}
ALTER TABLE emails ADD COLUMN parameters jsonb;
-- After that it waits until the campaign's hours open again in this time zone.
ALTER TABLE emails ADD COLUMN closes_at timestamptz;
ALTER TABLE emails ADD COLUMN zone text;
CREATE INDEX emails_closing ON emails (closes_at, campaign) WHERE status = 'queued' AND closes_at IS NOT NULL;
-- Whether the workspace's frequency cap holds for it.
ALTER TABLE emails ADD COLUMN capped boolean NOT NULL DEFAULT false;

-- No person gets more emails than so many within so many hours, of all campaigns together.
CREATE TABLE frequency_caps (
  workspace uuid PRIMARY KEY,
  emails    integer NOT NULL CHECK (emails > 0),
  hours     integer NOT NULL CHECK (hours > 0)
);

-- Emails claimed in workspaces with a cap: what it is counted from. An email tried again is the same one.
CREATE TABLE capped_emails (
  workspace uuid NOT NULL,
  profile   text NOT NULL,
  email     uuid NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (workspace, profile, email)
);
CREATE INDEX capped_emails_at ON capped_emails (workspace, at);

-- Whether what one person gets within a while may go out as one email; `merged`: its content went, or goes, with merged_into.
ALTER TABLE emails ADD COLUMN merges boolean NOT NULL DEFAULT false;
ALTER TABLE emails ADD COLUMN merged_into uuid;
ALTER TABLE emails DROP CONSTRAINT emails_status_check;
ALTER TABLE emails ADD CONSTRAINT emails_status_check
  CHECK (status IN ('queued', 'sending', 'held', 'sent', 'failed', 'suppressed', 'cancelled', 'merged'));
CREATE INDEX emails_merging ON emails (account, profile) WHERE status = 'queued' AND merges;
CREATE INDEX emails_merged ON emails (merged_into) WHERE merged_into IS NOT NULL;
