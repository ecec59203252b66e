-- One row for each trait of an identify message. Precedence is the time, then the message's id: 44 bits of milliseconds, 34 of
-- the hash of what comes before the digits at its end, 34 of the number these digits are (so that the later of two rows
-- of a file, or of two numbered messages, wins), 16 of the value's hash.
SELECT
    workspace,
    trait.1 AS key,
    person,
    multiIf(
        startsWith(trait.2, '"'), 'string',
        trait.2 = 'null', 'null',
        trait.2 IN ('true', 'false'), 'boolean',
        startsWith(trait.2, '['), 'list',
        startsWith(trait.2, '{'), 'object',
        'number') AS kind,
    if(startsWith(trait.2, '"'), JSONExtractString(trait.2), trait.2) AS text,
    -- Only what looks like a number is one: the engine alone would take 'inf', or spaces around.
    if(match(text, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'), toFloat64OrNull(text), NULL) AS number,
    -- Only ISO 8601: the engine alone would guess at '2020' and '01/02/2020'.
    if(match(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), parseDateTime64BestEffortOrNull(text, 3, 'UTC'), NULL) AS instant,
    instant IS NOT NULL AND NOT match(text, '(?i)(?:Z|[+-][0-9]{2}:?[0-9]{2})$') AS local,
    bitOr(precedence, toUInt128(bitAnd(sipHash64(trait.2), 65535))) AS precedence,
    received_at
FROM
(
SELECT
    workspace,
    received_at,
    sipHash64(if(m.userId = '', m.anonymousId, m.userId)) AS person,
    precedence,
    arrayJoin(JSONExtractKeysAndValuesRaw(body)) AS trait
FROM parsed
WHERE m.type = 'identify'
)
