-- Sessions of visitors, those under way included. A session that changes is cancelled by a row with sign -1 and
-- written anew: ask for sum(sign * events), sum(sign) for their number, never for rows.
CREATE TABLE sessions
(
    workspace       UUID,
    start_hour      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    started         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ended           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- Of the first event, as is everything below but for the two pages.
    person          UInt64 CODEC(ZSTD(1)),
    events          UInt32 CODEC(ZSTD(1)),
    page_views      UInt32 CODEC(ZSTD(1)),
    revenue         Float64 CODEC(ZSTD(1)),
    orders          UInt32 CODEC(ZSTD(1)),
    hostname        LowCardinality(String),
    -- Paths of the first and the last page view; empty when there was none.
    entry_page      LowCardinality(String),
    exit_page       LowCardinality(String),
    referrer_domain LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_term        LowCardinality(String),
    utm_content     LowCardinality(String),
    traffic_source  LowCardinality(String),
    traffic_medium  LowCardinality(String),
    channel         LowCardinality(String),
    campaign_key    LowCardinality(String),
    device          LowCardinality(String),
    browser         LowCardinality(String),
    system          LowCardinality(String),
    country         LowCardinality(String),
    locale          LowCardinality(String),
    sign            Int8,
    -- Hash of all the columns above: which row a cancelling one cancels, in whatever order they come.
    content         UInt64 CODEC(ZSTD(1))
)
ENGINE = VersionedCollapsingMergeTree(sign, content)
PARTITION BY toYYYYMM(start_hour)
ORDER BY (workspace, start_hour, visitor, started)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What a visitor did in one hour, cut where a session ends for certain or may end (30 minutes without an event, an
-- event with another campaign, the end of the hour). Sessions are put together from these, so that an event costs
-- the reading of its own hour again, and a session that never ends (a server that counts as one visitor) costs a
-- row an hour. The builder's own; changed like `sessions`.
CREATE TABLE session_pieces
(
    workspace       UUID,
    hour            DateTime('UTC') CODEC(Delta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    started         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- events_by_person.message of the first event: the order of pieces that start in the same millisecond.
    first           UInt64 CODEC(ZSTD(1)),
    ended           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    person          UInt64 CODEC(ZSTD(1)),
    events          UInt32 CODEC(ZSTD(1)),
    page_views      UInt32 CODEC(ZSTD(1)),
    revenue         Float64 CODEC(ZSTD(1)),
    orders          UInt32 CODEC(ZSTD(1)),
    hostname        LowCardinality(String),
    entry_page      LowCardinality(String),
    exit_page       LowCardinality(String),
    referrer_domain LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_term        LowCardinality(String),
    utm_content     LowCardinality(String),
    traffic_source  LowCardinality(String),
    traffic_medium  LowCardinality(String),
    channel         LowCardinality(String),
    campaign_key    LowCardinality(String),
    device          LowCardinality(String),
    browser         LowCardinality(String),
    system          LowCardinality(String),
    country         LowCardinality(String),
    locale          LowCardinality(String),
    sign            Int8,
    content         UInt64 CODEC(ZSTD(1))
)
ENGINE = VersionedCollapsingMergeTree(sign, content)
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour, visitor, started, first)
SETTINGS index_granularity = 2048, fsync_after_insert = 1, fsync_part_directory = 1;

-- Whose pieces changed: written before they do, emptied when their sessions are right again. What a killed builder
-- leaves here, the next one does.
CREATE TABLE session_changes
(
    workspace UUID,
    visitor   UInt64,
    hour      DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY (workspace, visitor, hour)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Sessions of open hours hold what arrived up to then (hour_marks.touched). One row.
CREATE TABLE session_builds
(
    watermark DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(watermark)
ORDER BY tuple()
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The pieces of the chunk as they should be.
CREATE TABLE pieces_found
(
    workspace       UUID,
    hour            DateTime('UTC') CODEC(Delta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    started         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- events_by_person.message of the first event: the order of pieces that start in the same millisecond.
    first           UInt64 CODEC(ZSTD(1)),
    ended           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    person          UInt64 CODEC(ZSTD(1)),
    events          UInt32 CODEC(ZSTD(1)),
    page_views      UInt32 CODEC(ZSTD(1)),
    revenue         Float64 CODEC(ZSTD(1)),
    orders          UInt32 CODEC(ZSTD(1)),
    hostname        LowCardinality(String),
    entry_page      LowCardinality(String),
    exit_page       LowCardinality(String),
    referrer_domain LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_term        LowCardinality(String),
    utm_content     LowCardinality(String),
    traffic_source  LowCardinality(String),
    traffic_medium  LowCardinality(String),
    channel         LowCardinality(String),
    campaign_key    LowCardinality(String),
    device          LowCardinality(String),
    browser         LowCardinality(String),
    system          LowCardinality(String),
    country         LowCardinality(String),
    locale          LowCardinality(String),
    content         UInt64
)
ENGINE = MergeTree
ORDER BY tuple();

-- The time in which the sessions of a visitor may change: no chain of events crosses its ends (milliseconds since
-- 1970). `settled` tells that the search for the ends went far enough.
CREATE TABLE session_regions
(
    reach     UInt32,
    workspace UUID,
    visitor   UInt64,
    begins    Int64,
    ends      Int64,
    settled   Bool
)
ENGINE = MergeTree
ORDER BY tuple();

-- Hours that some settled region reaches into, each once: regions that overlap are one island. As ranges of their own, those
-- of 200,000 people whose history came at once were 800 million hours.
CREATE VIEW session_region_hours AS
SELECT workspace, toDateTime(arrayJoin(range(begin, end + 1, 3600)), 'UTC') AS hour
FROM
(
    SELECT workspace, min(first) AS begin, max(last) AS end
    FROM
    (
        SELECT workspace, first, last, sum(apart) OVER (PARTITION BY workspace ORDER BY first) AS island
        FROM
        (
            SELECT
                workspace, first, last,
                first > max(last) OVER (PARTITION BY workspace ORDER BY first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS apart
            FROM
            (
                SELECT workspace, toUInt32(intDiv(begins, 3600000) * 3600) AS first, max(toUInt32(intDiv(ends, 3600000) * 3600)) AS last
                FROM session_regions
                WHERE settled
                GROUP BY workspace, first
            )
        )
    )
    GROUP BY workspace, island
);

-- The sessions of these regions as they should be.
CREATE TABLE sessions_found
(
    workspace       UUID,
    start_hour      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    started         DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    ended           DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    person          UInt64 CODEC(ZSTD(1)),
    events          UInt32 CODEC(ZSTD(1)),
    page_views      UInt32 CODEC(ZSTD(1)),
    revenue         Float64 CODEC(ZSTD(1)),
    orders          UInt32 CODEC(ZSTD(1)),
    hostname        LowCardinality(String),
    entry_page      LowCardinality(String),
    exit_page       LowCardinality(String),
    referrer_domain LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_term        LowCardinality(String),
    utm_content     LowCardinality(String),
    traffic_source  LowCardinality(String),
    traffic_medium  LowCardinality(String),
    channel         LowCardinality(String),
    campaign_key    LowCardinality(String),
    device          LowCardinality(String),
    browser         LowCardinality(String),
    system          LowCardinality(String),
    country         LowCardinality(String),
    locale          LowCardinality(String),
    content         UInt64
)
ENGINE = MergeTree
ORDER BY tuple();
