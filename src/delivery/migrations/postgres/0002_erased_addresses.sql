-- The addresses of erased people are never written to either: of them nothing is kept but a keyed hash.
ALTER TABLE suppressions ALTER COLUMN address DROP NOT NULL;
ALTER TABLE suppressions ADD COLUMN hash text;
ALTER TABLE suppressions ADD CONSTRAINT suppressions_one CHECK ((address IS NULL) <> (hash IS NULL));
ALTER TABLE suppressions ADD CONSTRAINT suppressions_hash UNIQUE (workspace, hash);
ALTER TABLE suppressions DROP CONSTRAINT suppressions_reason_check;
ALTER TABLE suppressions ADD CONSTRAINT suppressions_reason_check
  CHECK (reason IN ('manual', 'unsubscribe', 'bounce', 'complaint', 'erased'));
