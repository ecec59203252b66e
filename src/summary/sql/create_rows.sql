-- One row a line. A chunk of the file is one partition, so that a chunk that was broken off is dropped whole.
-- `bucket` ascends with the bytes of `user`: answering by buckets gives users in order. Sorting by 8 bytes and not by
-- the whole user costs a fourth. Small granules, since a bucket has a few thousand rows in a part.
CREATE TABLE rows
(
    chunk UInt32,
    row UInt32,
    -- 0 the engine leaves to `readActivity`, 1 event, 2 attributes, 3 nobody's
    kind UInt8,
    user String,
    name String,
    -- sipHash128 of the event's id
    id FixedString(16),
    -- microseconds since 1970
    time Int64,
    keys Array(LowCardinality(String)),
    vals Array(String),
    line String,
    bucket UInt64 MATERIALIZED BUCKET_OF_USER
)
ENGINE = MergeTree
PARTITION BY chunk
ORDER BY bucket
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1, min_bytes_for_wide_part = 0
