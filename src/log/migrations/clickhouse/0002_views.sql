-- Who a linked id is in the end. The newest link of each id wins, and links are followed up to four times
-- (identify a→u, alias u→v: both a and u are v). Each is joined by the first one's workspace: a filter on the workspace reaches
-- no further than one such equality.
CREATE VIEW identity_links AS
WITH newest AS
(
    SELECT workspace, anonymous_id AS id, user_id AS next
    FROM identities FINAL
)
SELECT
    a.workspace AS workspace,
    a.id AS from_id,
    multiIf(d.next != '', d.next, c.next != '', c.next, b.next != '', b.next, a.next) AS to_id
FROM newest AS a
LEFT ANY JOIN newest AS b ON a.workspace = b.workspace AND a.next = b.id
LEFT ANY JOIN newest AS c ON a.workspace = c.workspace AND b.next = c.id
LEFT ANY JOIN newest AS d ON a.workspace = d.workspace AND c.next = d.id;

-- What questions are asked of: every event with the profile it belongs to now. Anonymous history joins the
-- user as soon as one message names both ids, whichever came first.
CREATE VIEW profile_events AS
SELECT
    e.*,
    if(i.to_id != '', i.to_id, if(e.user_id != '', e.user_id, e.anonymous_id)) AS profile
FROM events AS e FINAL
LEFT ANY JOIN identity_links AS i
    ON e.workspace = i.workspace AND if(e.user_id = '', e.anonymous_id, e.user_id) = i.from_id;

-- The present attributes of everybody, joined the same way. `value` is JSON; `text` is the value without quotes.
CREATE VIEW profile_values AS
SELECT
    a.workspace AS workspace,
    a.key AS key,
    if(i.to_id != '', i.to_id, a.profile) AS profile,
    max(a.newest) AS newest,
    newest.value AS value,
    if(startsWith(value, '"'), JSONExtractString(value), value) AS text,
    newest.time AS time
FROM profile_attributes AS a
LEFT ANY JOIN identity_links AS i ON a.workspace = i.workspace AND a.profile = i.from_id
GROUP BY workspace, key, profile
HAVING value != 'null';

-- Everybody, joined the same way.
CREATE VIEW profiles AS
SELECT
    s.workspace AS workspace,
    if(i.to_id != '', i.to_id, s.profile) AS profile,
    min(s.first) AS first_seen,
    max(s.last) AS last_seen
FROM profile_seen AS s
LEFT ANY JOIN identity_links AS i ON s.workspace = i.workspace AND s.profile = i.from_id
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
