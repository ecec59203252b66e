-- One row for each trait of an identify message.
WITH
    JSONExtract(message, 'Tuple(type String, messageId String, userId String, anonymousId String, timestamp String)') AS m,
    parseDateTime64BestEffortOrNull(m.timestamp, 3, 'UTC') AS at,
    if(sent_at > toDateTime64(0, 3, 'UTC'), dateDiff('millisecond', sent_at, received_at), 0) AS skew,
    arrayJoin(JSONExtractKeysAndValuesRaw(message, 'traits')) AS trait
SELECT
    workspace,
    trait.1 AS key,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    tuple(
        if(isNull(at), received_at, addMilliseconds(assumeNotNull(at), skew)),
        m.messageId,
        trait.2)::Tuple(time DateTime64(3, 'UTC'), message_id String, value String) AS newest
FROM incoming
WHERE m.type = 'identify'
