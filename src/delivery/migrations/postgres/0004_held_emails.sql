-- What becomes of an email that was being sent when its worker died, as nobody knows whether the provider has it: it is sent again
-- under the same Message-ID, or it is held until a person says.
ALTER TABLE accounts ADD COLUMN after_crash text NOT NULL DEFAULT 'resend' CHECK (after_crash IN ('resend', 'hold'));
ALTER TABLE emails DROP CONSTRAINT emails_status_check;
ALTER TABLE emails ADD CONSTRAINT emails_status_check
  CHECK (status IN ('queued', 'sending', 'held', 'sent', 'failed', 'suppressed', 'cancelled'));
CREATE INDEX emails_held ON emails (workspace, id) WHERE status = 'held';
