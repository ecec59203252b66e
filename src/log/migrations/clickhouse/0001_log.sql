-- The log. A message as it was received; never changed but by erasure and retention.
-- One day's partition per received block, so that one durable insert is one part.
CREATE TABLE messages
(
    workspace   UUID,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- When the sender says it sent the request; 1970 when it did not say.
    sent_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    -- Where it came from: http, import:<id>, segment:<id>, delivery.
    source      LowCardinality(String),
    -- Of the request, and only when a browser made it (a server's SDK must not pass for its user's browser):
    -- ISO 3166-1 alpha-2, and the header.
    country     LowCardinality(String),
    user_agent  LowCardinality(String),
    -- Empty unless the instance is configured to keep it.
    ip          String CODEC(ZSTD(1)),
    -- The message, JSON.
    message     String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (workspace, received_at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The same messages once more, in larger blocks, after they are durable: what the processing reads
-- (src/log/processing). Keeps nothing itself.
CREATE TABLE incoming
(
    workspace   UUID,
    received_at DateTime64(3, 'UTC'),
    sent_at     DateTime64(3, 'UTC'),
    source      LowCardinality(String),
    country     LowCardinality(String),
    user_agent  LowCardinality(String),
    ip          String,
    message     String
)
ENGINE = Null;

-- What could not be taken, and why.
CREATE TABLE messages_rejected
(
    workspace   UUID,
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    source      LowCardinality(String),
    -- The path of the offending field, e.g. batch[3].userId.
    field       String,
    reason      String,
    message     String CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (workspace, received_at)
TTL toDateTime(received_at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Messages of type track, page and screen, processed. The whole sorting key comes from the message itself,
-- so the same message sent twice is one row (after FINAL). `hour` is the hour of the message's own
-- timestamp, before clock skew is corrected (a retry has another sentAt, and so another `time`);
-- it is 1970 for a message that names no time. The first arrival wins (`precedence` falls with time), so
-- that an event never moves to another time because it was sent again.
CREATE TABLE events
(
    workspace       UUID,
    hour            DateTime('UTC') CODEC(Delta, ZSTD(1)),
    name            LowCardinality(String),
    message_id      String CODEC(ZSTD(1)),
    -- 18446744073709551615 - milliseconds of received_at.
    precedence      UInt64 CODEC(Delta, ZSTD(1)),
    type            LowCardinality(String),
    -- When it happened, clock skew corrected.
    time            DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at     DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    user_id         String CODEC(ZSTD(1)),
    anonymous_id    String CODEC(ZSTD(1)),
    -- sipHash64 of user_id if present, else of anonymous_id: who, before identities are joined.
    person          UInt64 CODEC(ZSTD(1)),
    -- sipHash64 of anonymous_id if present, else of user_id: a device. Identities never change it.
    visitor         UInt64 CODEC(ZSTD(1)),
    source          LowCardinality(String),
    -- What Rapport itself did (an email sent, a segment entered).
    by_rapport      Bool,
    bot             Bool,
    url             String CODEC(ZSTD(1)),
    hostname        LowCardinality(String),
    path            String CODEC(ZSTD(1)),
    title           String CODEC(ZSTD(1)),
    referrer        String CODEC(ZSTD(1)),
    -- Without www.; empty for one's own hostname.
    referrer_domain LowCardinality(String),
    utm_source      LowCardinality(String),
    utm_medium      LowCardinality(String),
    utm_campaign    LowCardinality(String),
    utm_term        LowCardinality(String),
    utm_content     LowCardinality(String),
    -- Where the visit came from: UTM if given, else by click id, else by referrer, else (direct)/(none).
    traffic_source  LowCardinality(String),
    traffic_medium  LowCardinality(String),
    channel         LowCardinality(String),
    -- source/medium/campaign when the event brings an origin of its own, else empty. A session ends where it changes.
    campaign_key    LowCardinality(String),
    -- desktop, mobile, tablet, tv; empty: not known.
    device          LowCardinality(String),
    browser         LowCardinality(String),
    system          LowCardinality(String),
    country         LowCardinality(String),
    locale          LowCardinality(String),
    revenue         Float64 CODEC(ZSTD(1)),
    currency        LowCardinality(String),
    order_id        String CODEC(ZSTD(1)),
    properties      String CODEC(ZSTD(1)),
    -- The processing that derived this row.
    version         UInt16,
    INDEX by_time time TYPE minmax GRANULARITY 1,
    -- What came lately: most of it in the hours that are last.
    INDEX by_receipt received_at TYPE minmax GRANULARITY 1,
    INDEX by_person (user_id, anonymous_id) TYPE bloom_filter(0.01) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour, name, message_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Which hours (of the corrected time) got events, and when last: what tells the hours to count again.
-- `touched` is the engine's own clock, and is compared with nothing but itself.
CREATE TABLE hour_marks
(
    workspace   UUID,
    hour        DateTime('UTC') CODEC(Delta, ZSTD(1)),
    touched     SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(Delta, ZSTD(1)),
    messages    SimpleAggregateFunction(sum, UInt64) CODEC(ZSTD(1)),
    -- The values of events.hour these events have (the hour itself, but for skewed clocks and missing timestamps):
    -- what bounds the sorting key of `events` when one asks for an hour of `time`.
    event_hours SimpleAggregateFunction(groupUniqArrayArray, Array(DateTime('UTC'))) CODEC(ZSTD(1)),
    INDEX by_touched touched TYPE minmax GRANULARITY 1
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, hour)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- What people did, once more, as rules ask about it: all of one name together, by person. Of `events` a rule would have to read
-- every hour; here it reads the rows of its name. Rows are the same as those of `events` (the key is that of the message, hour
-- and id), but for a message id that is used again for another person.
CREATE TABLE person_events
(
    workspace   UUID,
    name        LowCardinality(String),
    -- Hash of user_id if present, else of anonymous_id, as in `events`.
    person      UInt64 CODEC(ZSTD(1)),
    hour        DateTime('UTC') CODEC(ZSTD(1)),
    -- Hash of the message's id.
    message     UInt64 CODEC(ZSTD(1)),
    precedence  UInt64 CODEC(ZSTD(1)),
    time        DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    properties  String CODEC(ZSTD(1)),
    INDEX by_receipt received_at TYPE minmax GRANULARITY 1,
    INDEX by_time time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(hour)
ORDER BY (workspace, name, person, hour, message)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- The newest value of each attribute, by the time inside the message (read it with FINAL). Sorted by key first: a rule reads
-- one attribute of everybody. A value is read once, when it is written: what a rule compares is a column, and a comparison
-- of 2 million numbers takes 10 ms instead of the 600 that reading them from text took.
CREATE TABLE profile_attributes
(
    workspace   UUID,
    key         LowCardinality(String),
    -- Hash of the user id, or of the anonymous id of a person not identified yet; whose it is says `people`.
    person      UInt64 CODEC(ZSTD(1)),
    -- Of the value as JSON.
    kind        Enum8('null' = 0, 'string' = 1, 'number' = 2, 'boolean' = 3, 'list' = 4, 'object' = 5),
    -- The value: a text without its quotes, anything else as JSON.
    text        String CODEC(ZSTD(1)),
    -- The value, or the text, where it is a number.
    number      Nullable(Float64) CODEC(ZSTD(1)),
    -- The text where it is a date or an instant (ISO 8601). `local`: without an offset, so that it is what clocks show
    -- where the business is; the column then has what they show, as if it were UTC.
    instant     Nullable(DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    local       Bool,
    -- Time of the message, then its id (processing/profile_attributes.sql): of two at one time the same wins on every replica.
    precedence  UInt128 CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    INDEX by_receipt received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (workspace, key, person)
-- Small granules: what is known of fifty people on a page is found by the person.
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Everybody a message was ever about: who, and when first and last seen (by the message's time). Small granules: a person
-- is looked up alone.
CREATE TABLE people
(
    workspace  UUID,
    person     UInt64 CODEC(ZSTD(1)),
    -- user id, or anonymous id for a person not identified yet.
    profile    SimpleAggregateFunction(any, String) CODEC(ZSTD(1)),
    first      SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    last       SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    -- When the first message about them was received.
    known_at   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (workspace, person)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- What a search finds people by: all that a message called them, in small letters, one beside the other. A person has a row for each
-- different text, so that a former name or address finds them too. One column to look through: 2 million people take
-- 0.1 s, and as five columns, or as a list, two to four times as long; an index of three letters each took as long and
-- made writing six times as dear.
CREATE TABLE people_texts
(
    workspace UUID,
    person    UInt64 CODEC(ZSTD(1)),
    hash      UInt64 CODEC(ZSTD(1)),
    text      String CODEC(LZ4)
)
ENGINE = ReplacingMergeTree
ORDER BY (workspace, person, hash)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Where people belong: by the attribute store_location, and by messages of type group (the group's id). Left again:
-- `belongs` is false.
CREATE TABLE profile_places
(
    workspace   UUID,
    -- In small letters, without spaces around.
    place       LowCardinality(String),
    person      UInt64 CODEC(ZSTD(1)),
    precedence  UInt128 CODEC(ZSTD(1)),
    belongs     Bool,
    -- As it was written.
    name        LowCardinality(String),
    time        DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (workspace, place, person)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Anonymous id (or alias' previous id) -> user id; the newest link wins (read it with FINAL). The hashes are those of
-- events.person. A number to compare and not the maximum of a tuple: who 4 million people are now took 0.03 to 0.6 s
-- (one part, or two) instead of 8.5.
CREATE TABLE identities
(
    workspace    UUID,
    from_person  UInt64 CODEC(ZSTD(1)),
    anonymous_id String CODEC(ZSTD(1)),
    -- Milliseconds since 1970, then 64 bits of the link's hash: of two links at one time the same wins on every replica.
    precedence   UInt128 CODEC(ZSTD(1)),
    user_id      String CODEC(ZSTD(1)),
    to_person    UInt64 CODEC(ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (workspace, from_person, anonymous_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Everybody an id was ever linked to, also before it was linked to somebody else: who has to be looked at again.
CREATE TABLE identity_owners
(
    workspace   UUID,
    from_person UInt64 CODEC(ZSTD(1)),
    to_person   UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (workspace, from_person, to_person)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
