-- What questions are asked of: every event with the profile it belongs to now. Anonymous history joins the
-- user as soon as one message names both ids, whichever came first.
CREATE VIEW profile_events AS
SELECT
    e.workspace AS workspace,
    multiIf(e.user_id != '', if(i.user_id != '', i.user_id, e.user_id), i.user_id != '', i.user_id, e.anonymous_id) AS profile,
    e.name AS name,
    e.message_id AS message_id,
    e.type AS type,
    e.time AS time,
    e.hour AS hour,
    e.received_at AS received_at,
    e.user_id AS user_id,
    e.anonymous_id AS anonymous_id,
    e.source AS source,
    e.url AS url,
    e.path AS path,
    e.referrer AS referrer,
    e.revenue AS revenue,
    e.properties AS properties
FROM events AS e FINAL
LEFT ANY JOIN
(
    SELECT workspace, anonymous_id, max(link).user_id AS user_id
    FROM identities
    GROUP BY workspace, anonymous_id
) AS i ON e.workspace = i.workspace AND if(e.user_id = '', e.anonymous_id, e.user_id) = i.anonymous_id;

-- The present attributes of everybody, joined the same way. `value` is JSON; `text` is the value without quotes.
CREATE VIEW profile_values AS
SELECT
    a.workspace AS workspace,
    a.key AS key,
    if(i.user_id != '', i.user_id, a.profile) AS profile,
    max(a.newest) AS newest,
    newest.value AS value,
    if(startsWith(value, '"'), JSONExtractString(value), value) AS text,
    newest.time AS time
FROM profile_attributes AS a
LEFT ANY JOIN
(
    SELECT workspace, anonymous_id, max(link).user_id AS user_id
    FROM identities
    GROUP BY workspace, anonymous_id
) AS i ON a.workspace = i.workspace AND a.profile = i.anonymous_id
GROUP BY workspace, key, profile
HAVING value != 'null';

-- Everybody, joined the same way.
CREATE VIEW profiles AS
SELECT
    s.workspace AS workspace,
    if(i.user_id != '', i.user_id, s.profile) AS profile,
    min(s.first) AS first_seen,
    max(s.last) AS last_seen
FROM profile_seen AS s
LEFT ANY JOIN
(
    SELECT workspace, anonymous_id, max(link).user_id AS user_id
    FROM identities
    GROUP BY workspace, anonymous_id
) AS i ON s.workspace = i.workspace AND s.profile = i.anonymous_id
GROUP BY workspace, profile;

-- Which processing (src/log/processing) the materialized views run.
CREATE TABLE processing_versions
(
    version UInt16,
    since   DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
