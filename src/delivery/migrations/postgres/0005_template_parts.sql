-- Pieces of Liquid or MJML that emails of a workspace share: footers, layouts.
CREATE TABLE template_parts (
  workspace  uuid NOT NULL,
  name       text NOT NULL,
  source     text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, name)
);

-- The parts a version renders, as they were when it was saved: {name: source}.
ALTER TABLE templates ADD COLUMN parts jsonb NOT NULL DEFAULT '{}';
