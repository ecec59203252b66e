-- Loyalty campaign documents taken in as CloudEvents. `source` and `id` together are one document (CloudEvents 1.0),
-- so the same one again is known and changes nothing.
CREATE TABLE loyalty_documents (
  workspace   uuid NOT NULL,
  source      text NOT NULL,
  id          text NOT NULL,
  segment     uuid NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, source, id)
);
