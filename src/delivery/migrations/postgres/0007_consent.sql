-- What is noted of people who get emails of an account: nothing, unless somebody says so.
ALTER TABLE accounts ADD COLUMN track_opens boolean NOT NULL DEFAULT false;
ALTER TABLE accounts ADD COLUMN track_clicks boolean NOT NULL DEFAULT false;
