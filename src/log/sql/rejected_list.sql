SELECT
    formatDateTime(received_at, '%Y-%m-%dT%H:%i:%S.', 'UTC') || leftPad(toString(toUnixTimestamp64Milli(received_at) % 1000), 3, '0') || 'Z' AS received_at,
    source,
    field,
    reason,
    message
FROM messages_rejected
WHERE workspace = {workspace:UUID} AND ({reason:String} = '' OR reason = {reason:String})
ORDER BY messages_rejected.received_at DESC
LIMIT {limit:UInt32}
