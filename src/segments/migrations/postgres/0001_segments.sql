-- A rule, and how far its membership is computed. The members themselves are in ClickHouse, segment_changes.
CREATE TABLE segments (
  id                 uuid PRIMARY KEY DEFAULT uuidv7(),
  workspace          uuid NOT NULL,
  name               text NOT NULL,
  -- Of a static one people are picked by hand (ClickHouse, segment_picks); its rule is {"picked": "<its id>"}.
  kind               text NOT NULL DEFAULT 'rule' CHECK (kind IN ('rule', 'static')),
  rule               jsonb NOT NULL,
  -- Grows with each change of the rule; membership is of `computed_revision`.
  revision           int NOT NULL DEFAULT 1,
  computed_revision  int NOT NULL DEFAULT 0,
  -- The rule looks at times relative to now, so membership changes although no message arrives.
  relative           boolean NOT NULL,
  -- The number of the last finished computation that changed something, its members, and when it was asked.
  version            int NOT NULL DEFAULT 0,
  members            bigint NOT NULL DEFAULT 0,
  as_of              timestamptz,
  -- A computation under way, or one a kill left behind: of version + 1, at this time, of this revision.
  computing_at       timestamptz,
  computing_revision int,
  -- Its changes are all written: it is finished from here, not begun again.
  changes_written    boolean NOT NULL DEFAULT false,
  -- Membership has all of what was received before this; null: everybody has to be asked.
  seen_until         timestamptz,
  -- When everybody was asked last, and not only those of whom something changed.
  whole_at           timestamptz,
  -- Which version of each segment it refers to it was computed with.
  seen_versions      jsonb NOT NULL DEFAULT '{}',
  -- The same of the computation under way.
  computing_seen     timestamptz,
  computing_whole    boolean,
  computing_versions jsonb,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL
);
CREATE INDEX segments_by_workspace ON segments (workspace, name);
