-- Which anonymous id belongs to which user, by identify with both ids and by alias.
WITH
    JSONExtract(message, 'Tuple(type String, messageId String, userId String, anonymousId String, previousId String, timestamp String)') AS m,
    parseDateTime64BestEffortOrNull(m.timestamp, 3, 'UTC') AS at,
    if(m.type = 'alias', m.previousId, m.anonymousId) AS from_id
SELECT
    workspace,
    from_id AS anonymous_id,
    sipHash64(from_id) AS from_person,
    tuple(ifNull(at, received_at), m.messageId, m.userId)::Tuple(time DateTime64(3, 'UTC'), message_id String, user_id String) AS link
FROM incoming
WHERE m.userId != '' AND from_id != '' AND from_id != m.userId
