-- Who a message is about, and when. What Rapport itself did to a person is no sign of life.
WITH
    JSONExtract(message, 'Tuple(userId String, anonymousId String, timestamp String)') AS m,
    parseDateTime64BestEffortOrNull(m.timestamp, 3, 'UTC') AS at,
    if(sent_at > toDateTime64(0, 3, 'UTC'), dateDiff('millisecond', sent_at, received_at), 0) AS skew,
    if(isNull(at), received_at, addMilliseconds(assumeNotNull(at), skew)) AS time
SELECT
    workspace,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    min(time) AS first,
    max(time) AS last
FROM incoming
WHERE source NOT LIKE 'delivery%' AND source NOT LIKE 'segment:%'
GROUP BY workspace, profile
