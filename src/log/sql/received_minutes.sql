-- Messages of the last hour by the minute they arrived in.
SELECT
    toUnixTimestamp(toStartOfMinute(received_at)) AS minute,
    count() AS count
FROM messages
WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')}
GROUP BY minute
ORDER BY minute
