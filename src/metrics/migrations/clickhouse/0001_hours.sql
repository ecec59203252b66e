-- Hours and sessions, counted ahead from the log. Everything here can be counted again from `events`; the tables
-- are durable like the log, since `hour_builds` says of each hour that its rows are there.

-- The times an hour of a workspace was counted: one row unfinished before the first row of that version is
-- written, one finished after the last. `watermark`: what arrived up to then (hour_marks.touched) is in it.
-- Rows of the four tables below count when their version is the newest finished one of their hour.
CREATE TABLE hour_builds
(
    workspace UUID,
    hour      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    version   UInt64 CODEC(Delta, ZSTD(1)),
    watermark DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    finished  Bool
)
ENGINE = ReplacingMergeTree(finished)
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour, version)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Events of closed hours: without duplicates, without bots, by the hour of their `time`, person by person.
CREATE TABLE events_by_person
(
    workspace       UUID,
    hour            DateTime('UTC') CODEC(Delta, ZSTD(1)),
    person          UInt64 CODEC(ZSTD(1)),
    visitor         UInt64 CODEC(ZSTD(1)),
    time            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    name            LowCardinality(String),
    type            LowCardinality(String),
    -- sipHash64(message_id, events.hour): what makes an event one event.
    message         UInt64 CODEC(ZSTD(1)),
    by_rapport      Bool,
    hostname        LowCardinality(String),
    path            LowCardinality(String),
    title           LowCardinality(String),
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
    revenue         Float64 CODEC(ZSTD(1)),
    currency        LowCardinality(String),
    order_id        String CODEC(ZSTD(1)),
    version         UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, toDate(hour), person, time, name, message)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What happened in a closed hour, by name. Several rows may tell of the same: add them up.
CREATE TABLE metric_hours
(
    workspace  UUID,
    hour       DateTime('UTC') CODEC(Delta, ZSTD(1)),
    name       LowCardinality(String),
    type       LowCardinality(String),
    by_rapport Bool,
    events     UInt64 CODEC(ZSTD(1)),
    -- Events of type page or screen.
    page_views UInt64 CODEC(ZSTD(1)),
    revenue    Float64 CODEC(ZSTD(1)),
    -- Events named 'Order Completed'.
    orders     UInt64 CODEC(ZSTD(1)),
    version    UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour, by_rapport, name, type)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Who did something in a closed hour (what Rapport did to a person is not meant). May tell the same twice.
CREATE TABLE person_hours
(
    workspace UUID,
    hour      DateTime('UTC') CODEC(Delta, ZSTD(1)),
    person    UInt64 CODEC(ZSTD(1)),
    version   UInt64 CODEC(Delta, ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour, person)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

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
