-- Which anonymous id belongs to which user: by any message with both ids, and by alias.
WITH
    if(m.type = 'alias', m.previousId, m.anonymousId) AS from_id,
    if(stated > toDateTime64(0, 3, 'UTC'), stated, received_at) AS since
SELECT
    workspace,
    sipHash64(from_id) AS from_person,
    from_id AS anonymous_id,
    bitShiftLeft(toUInt128(toUnixTimestamp64Milli(since)), 64) + sipHash64(m.messageId, m.userId) AS precedence,
    m.userId AS user_id,
    sipHash64(m.userId) AS to_person,
    received_at
FROM parsed
WHERE m.userId != '' AND from_id != '' AND from_id != m.userId
