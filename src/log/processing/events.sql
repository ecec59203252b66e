-- Messages of type track, page and screen. Columns in the order of the table.
WITH
    JSONExtract(message, 'Tuple(type String, messageId String, userId String, anonymousId String, event String, name String, timestamp String)') AS m,
    parseDateTime64BestEffortOrNull(m.timestamp, 3, 'UTC') AS at,
    if(sent_at > toDateTime64(0, 3, 'UTC'), dateDiff('millisecond', sent_at, received_at), 0) AS skew,
    JSONExtractRaw(message, 'properties') AS given,
    if(given = '' OR given = 'null', '{}', given) AS props,
    JSONExtractString(props, 'url') AS property_url,
    if(property_url = '', JSONExtractString(message, 'context', 'page', 'url'), property_url) AS page_url,
    JSONExtractString(props, 'path') AS property_path,
    JSONExtractString(props, 'referrer') AS property_referrer
SELECT
    workspace,
    toStartOfHour(toDateTime(ifNull(at, toDateTime64(0, 3, 'UTC')), 'UTC')) AS hour,
    multiIf(m.type = 'track', m.event, m.name != '', m.name, m.type = 'page', 'Page Viewed', 'Screen Viewed') AS name,
    m.messageId AS message_id,
    m.type AS type,
    if(isNull(at), received_at, addMilliseconds(assumeNotNull(at), skew)) AS time,
    received_at,
    m.userId AS user_id,
    m.anonymousId AS anonymous_id,
    source,
    page_url AS url,
    if(property_path = '', path(page_url), property_path) AS path,
    if(property_referrer = '', JSONExtractString(message, 'context', 'page', 'referrer'), property_referrer) AS referrer,
    JSONExtract(props, 'revenue', 'Float64') AS revenue,
    props AS properties,
    toUInt16(1) AS version
FROM messages
WHERE m.type IN ('track', 'page', 'screen')
