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

-- The present attributes of everybody, joined the same way. `value` is JSON; `text` is the value without quotes. For a few
-- people or one attribute; rules ask the table (src/segments).
CREATE VIEW profile_values AS
SELECT
    workspace,
    key,
    profile,
    newest.kind AS kind,
    newest.text AS text,
    if(newest.kind = 'string', toJSONString(newest.text), newest.text) AS value,
    fromUnixTimestamp64Milli(toInt64(bitShiftRight(newest.precedence, 84)), 'UTC') AS time
FROM
(
    SELECT
        a.workspace AS workspace,
        a.key AS key,
        if(i.to_id != '', i.to_id, p.profile) AS profile,
        argMax((a.kind, a.text, a.precedence)::Tuple(kind String, text String, precedence UInt128), a.precedence) AS newest
    FROM profile_attributes AS a FINAL
    INNER JOIN (SELECT workspace, person, any(profile) AS profile FROM people GROUP BY workspace, person) AS p
        ON a.workspace = p.workspace AND a.person = p.person
    LEFT ANY JOIN identity_links AS i ON p.workspace = i.workspace AND p.profile = i.from_id
    GROUP BY workspace, key, profile
)
WHERE newest.kind != 'null';

-- Everybody, joined the same way.
CREATE VIEW profiles AS
SELECT
    s.workspace AS workspace,
    if(i.to_id != '', i.to_id, s.profile) AS profile,
    min(s.first) AS first_seen,
    max(s.last) AS last_seen
FROM people AS s
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
