-- One row for each trait of an identify message.
WITH arrayJoin(JSONExtractKeysAndValuesRaw(body)) AS trait
SELECT
    workspace,
    trait.1 AS key,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    tuple(time, m.messageId, trait.2)::Tuple(time DateTime64(3, 'UTC'), message_id String, value String) AS newest
FROM parsed
WHERE m.type = 'identify'
