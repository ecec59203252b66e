-- What limits an account beside its rate per second: windows that roll, a plan by which a new one warms up, how many may be under
-- way at once, and how far the provider itself slowed it down.
ALTER TABLE accounts ADD COLUMN per_hour integer CHECK (per_hour > 0);
ALTER TABLE accounts ADD COLUMN per_day integer CHECK (per_day > 0);
-- Emails a day, day by day since warm_up_from; after the last day it is over.
ALTER TABLE accounts ADD COLUMN warm_up integer[] NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN warm_up_from timestamptz;
ALTER TABLE accounts ADD COLUMN in_flight integer CHECK (in_flight > 0);
-- The rate is this part of rate_per_second as of slowed_at, and doubles from there; nothing goes out before resumes_at.
ALTER TABLE accounts ADD COLUMN slowed_to double precision NOT NULL DEFAULT 1 CHECK (slowed_to > 0 AND slowed_to <= 1);
ALTER TABLE accounts ADD COLUMN slowed_at timestamptz;
ALTER TABLE accounts ADD COLUMN resumes_at timestamptz;

-- Emails given to a provider, by the minute: what the windows are counted from. Kept for a day and an hour.
CREATE TABLE account_minutes (
  account uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  minute  timestamptz NOT NULL,
  taken   integer NOT NULL,
  PRIMARY KEY (account, minute)
);

-- How many are under way.
CREATE INDEX emails_in_flight ON emails (account) WHERE status = 'sending';
