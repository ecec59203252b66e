-- Which hours of which workspaces got events just now.
WITH
    JSONExtract(message, 'Tuple(type String, timestamp String)') AS m,
    parseDateTime64BestEffortOrNull(m.timestamp, 3, 'UTC') AS at,
    if(sent_at > toDateTime64(0, 3, 'UTC'), dateDiff('millisecond', sent_at, received_at), 0) AS skew
SELECT
    workspace,
    toStartOfHour(toDateTime(if(isNull(at), received_at, addMilliseconds(assumeNotNull(at), skew)), 'UTC')) AS hour,
    now64(3, 'UTC') AS touched,
    count() AS messages,
    groupUniqArray(toStartOfHour(toDateTime(ifNull(at, toDateTime64(0, 3, 'UTC')), 'UTC'))) AS event_hours
FROM incoming
WHERE m.type IN ('track', 'page', 'screen')
GROUP BY workspace, hour
