-- Loyalty programs and their locations, as documents and people say they are.
--
-- Each field stands as the newest statement about it has it: `stated` holds for each field when it was last said, and by
-- which document (see statements.ts). So documents may come in any order, and again, and give the same; and what nobody
-- said of a field leaves it as it is. `removed` is such a field too: an older document does not bring back what was removed.
CREATE TABLE programs (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace    uuid NOT NULL,
  -- What the documents call it; null: no document is about it.
  external_id  text,
  name         text NOT NULL,
  -- IANA name; null: the workspace's.
  timezone     text,
  -- {name, address, reply_to}; each may be null: as the sending account has it.
  sender       jsonb NOT NULL,
  removed      boolean NOT NULL DEFAULT false,
  stated       jsonb NOT NULL,
  -- The newest list of its people: which document had it, and the time its messages carry.
  people_order text,
  people_at    timestamptz,
  -- Who changed it last: kind, id and name, as they were then.
  updated_by   jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  UNIQUE (workspace, id),
  UNIQUE (workspace, external_id)
);

CREATE TABLE locations (
  id           uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace    uuid NOT NULL,
  program      uuid NOT NULL,
  external_id  text,
  name         text NOT NULL,
  -- Other spellings, as files write them.
  aliases      text[] NOT NULL,
  -- Null: the program's.
  timezone     text,
  -- As a program's; what is null is the program's.
  sender       jsonb NOT NULL,
  -- {street, city, region, postal_code, country}; each may be null.
  address      jsonb NOT NULL,
  removed      boolean NOT NULL DEFAULT false,
  stated       jsonb NOT NULL,
  people_order text,
  people_at    timestamptz,
  updated_by   jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  -- The workspace is part of the reference, so that no program can hold another workspace's location.
  FOREIGN KEY (workspace, program) REFERENCES programs (workspace, id) ON DELETE CASCADE,
  UNIQUE (program, external_id)
);

-- When documents without a time of their own first came: the same again is then no newer.
CREATE TABLE program_documents (
  workspace   uuid NOT NULL,
  -- Of source, id, time and data: a document with other contents is another one, whatever its id.
  fingerprint text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (workspace, fingerprint)
);

-- Lists of people that are not in the log yet, the newest of each place. A row is deleted when all of its messages are
-- there; killed before, it is begun again, and messages that are there already change nothing.
CREATE TABLE program_lists (
  -- The group people belong to: program:<id> or location:<id>.
  place       text PRIMARY KEY,
  workspace   uuid NOT NULL,
  program     uuid NOT NULL,
  fingerprint text NOT NULL,
  -- The time of the messages: later than that of all earlier lists of the place.
  at          timestamptz NOT NULL,
  people      jsonb NOT NULL
);
