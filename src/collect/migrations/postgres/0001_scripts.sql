-- Every build of /rapport.js this installation has served. Pages that name one by its hash (subresource integrity) get it
-- for good, from any process, also after an upgrade.
CREATE TABLE scripts (
  hash text PRIMARY KEY,
  body text NOT NULL
);
