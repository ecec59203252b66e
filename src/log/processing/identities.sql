-- Which anonymous id belongs to which user: by any message with both ids, and by alias.
WITH if(m.type = 'alias', m.previousId, m.anonymousId) AS from_id
SELECT
    workspace,
    from_id AS anonymous_id,
    sipHash64(from_id) AS from_person,
    tuple(if(stated > toDateTime64(0, 3, 'UTC'), stated, received_at), m.messageId, m.userId)::Tuple(time DateTime64(3, 'UTC'), message_id String, user_id String) AS link
FROM parsed
WHERE m.userId != '' AND from_id != '' AND from_id != m.userId
