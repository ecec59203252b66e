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
