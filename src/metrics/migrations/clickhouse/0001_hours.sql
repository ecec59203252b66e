-- Hours, counted ahead from the log. Everything here can be counted again from `events`; the tables
-- are durable like the log, since `hour_builds` says of each hour that its rows are there.

-- The times an hour of a workspace was counted: one row unfinished before the first row of that version is
-- written, one finished after the last. `watermark`: what arrived up to then (hour_marks.touched) is in it.
-- Rows of the three tables below count when their version is the newest finished one of their hour.
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
    -- sipHash64(message_id, name, hour) of `events`: what makes an event one event.
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

-- The builder's notes from one statement to the next; worth nothing after it. First the hours to count, in chunks
-- of bounded size (0: not yet); `list` is 'hours' for hours to close, 'open' for hours whose sessions are due.
CREATE TABLE hour_work
(
    list        LowCardinality(String),
    chunk       UInt32,
    workspace   UUID,
    hour        DateTime('UTC'),
    touched     DateTime64(3, 'UTC'),
    watermark   DateTime64(3, 'UTC'),
    messages    UInt64,
    event_hours Array(DateTime('UTC'))
)
ENGINE = MergeTree
PARTITION BY list
ORDER BY (chunk, workspace, hour);

-- (workspace, hour, version) whose rows count no longer, to be taken away.
CREATE TABLE hour_stale
(
    workspace UUID,
    hour      DateTime('UTC'),
    version   UInt64
)
ENGINE = MergeTree
ORDER BY (workspace, hour, version);
