-- What every view needs of a message, read once: its text is parsed here and nowhere else.
--
-- The chain is incoming → parsed → described → attributed → events; the views of people hang on parsed. All but the
-- last keep nothing (processing.ts makes their tables). Planning a SELECT costs the processor about 0.05 ms for each function
-- in it, each time an insert runs, and what is named once and used twice is planned twice; so a value that many others
-- need is a column of the step before.
WITH
    -- A whole number beyond 64 bits makes the engine refuse the whole text; with a fraction it is a float like any other.
    if(isValidJSON(message), message, replaceRegexpAll(message, '([:,\\[]-?[0-9]{19,})', '\\1.0')) AS text,
    -- Texts, even where numbers belong: what has another type (a number, a list) becomes its own text, and never an error.
    JSONExtract(text, 'Tuple(
        type LowCardinality(String), messageId String, userId String, anonymousId String, previousId String, groupId String,
        event String, name String, timestamp String, originalTimestamp String,
        properties Tuple(
            url String, path String, title String, referrer String,
            utm_source String, utm_medium String, utm_campaign String, utm_term String, utm_content String,
            revenue String, total String, currency LowCardinality(String), order_id String),
        context Tuple(
            page Tuple(url String, path String, title String, referrer String),
            campaign Tuple(source String, medium String, name String, term String, content String),
            userAgent LowCardinality(String), locale LowCardinality(String),
            os Tuple(name LowCardinality(String)),
            device Tuple(type LowCardinality(String), model LowCardinality(String)),
            location Tuple(country LowCardinality(String))))') AS m,
    if(tupleElement(m, 'timestamp') != '', tupleElement(m, 'timestamp'), tupleElement(m, 'originalTimestamp')) AS said,
    parseDateTime64BestEffortOrZero(upper(said), 3, 'UTC') AS at,
    -- DateTime ends in 2106.
    toDateTime64('2106-01-01 00:00:00', 3, 'UTC') AS end,
    toDateTime64(0, 3, 'UTC') AS beginning
SELECT
    workspace,
    received_at,
    source,
    country,
    user_agent,
    -- When it happened by the message's own words; 1970 when it has none.
    greatest(least(at, end), beginning) AS stated,
    -- The same with the clock put right by when the sender says it sent it.
    multiIf(
        at <= beginning, received_at,
        sent_at <= beginning, least(at, end),
        greatest(least(addMilliseconds(at, dateDiff('millisecond', sent_at, received_at)), end), beginning)) AS time,
    JSONExtractRaw(text, if(tupleElement(m, 'type') IN ('identify', 'group'), 'traits', 'properties')) AS body,
    -- Which of two values is the newer one (profile_attributes.sql); where it matters.
    if(tupleElement(m, 'type') IN ('identify', 'group'),
        bitShiftLeft(toUInt128(toUnixTimestamp64Milli(time)), 84)
        + bitShiftLeft(toUInt128(bitAnd(sipHash64(replaceRegexpOne(tupleElement(m, 'messageId'), '[0-9]{1,10}$', '')), 17179869183)), 50)
        + bitShiftLeft(toUInt128(toUInt64OrZero(extract(tupleElement(m, 'messageId'), '[0-9]{1,10}$'))), 16),
        toUInt128(0)) AS precedence,
    m
FROM incoming
