-- Why messages were not taken; the number in a batch's path plays no part.
SELECT
    replaceRegexpAll(field, '\\[\\d+\\]', '[]') AS field,
    reason,
    count() AS count,
    toUnixTimestamp64Milli(max(r.received_at)) AS last
FROM messages_rejected AS r
WHERE workspace = {workspace:UUID} AND r.received_at >= {since:DateTime64(3, 'UTC')}
GROUP BY field, reason
ORDER BY count DESC
LIMIT 100
