-- Who was picked by hand for a static segment, and who was taken out again: the newest row of each person counts (read
-- it with FINAL). Only a computation makes them members.
CREATE TABLE segment_picks
(
    workspace UUID,
    segment   UUID,
    profile   String CODEC(ZSTD(1)),
    picked    UInt8,
    -- Milliseconds of the change.
    version   UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (workspace, segment, profile)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Ids and e-mail addresses as they were given, and beside them (in rows of their own, `profile` not empty) who is meant.
-- Kept only while people are being picked; what a kill leaves behind goes after a day.
CREATE TABLE segment_uploads
(
    workspace UUID,
    upload    UUID,
    given     String CODEC(ZSTD(1)),
    profile   String DEFAULT '' CODEC(ZSTD(1)),
    at        DateTime('UTC') DEFAULT now()
)
ENGINE = MergeTree
ORDER BY (workspace, upload, given)
TTL at + INTERVAL 1 DAY;
