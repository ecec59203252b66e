-- Who entered and who left a segment at each computation. A profile is a member at version v if its newest
-- change up to v is 'entered'. Rows above the finished version (segments.version in PostgreSQL) do not count:
-- they are of a computation under way, or of one a kill ended.
CREATE TABLE segment_changes
(
    workspace UUID,
    segment   UUID,
    version   UInt32,
    profile   String CODEC(ZSTD(1)),
    -- Hash of the profile's id.
    person    UInt64 CODEC(ZSTD(1)),
    change    Enum8('left' = 0, 'entered' = 1),
    -- When the computation asked: the same for the whole version.
    time      DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    INDEX by_profile profile TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = MergeTree
ORDER BY (workspace, segment, version, profile)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
