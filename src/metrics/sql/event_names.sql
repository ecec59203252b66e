-- The names of events, how often each, and when last.
SELECT
    name,
    type,
    count() AS count,
    toUnixTimestamp64Milli(max(time)) AS last_seen
FROM events FINAL
WHERE workspace = {workspace:UUID}
GROUP BY name, type
ORDER BY count DESC, name, type
LIMIT 1000
