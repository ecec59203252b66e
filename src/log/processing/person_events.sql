-- Messages of type track, page and screen, for rules. Columns by the names of the table.
SELECT
    workspace,
    multiIf(
        m.type = 'track', m.event,
        m.name != '', m.name,
        m.type = 'page', 'Page Viewed',
        'Screen Viewed') AS name,
    sipHash64(if(m.userId != '', m.userId, m.anonymousId)) AS person,
    toStartOfHour(stated) AS hour,
    sipHash64(m.messageId) AS message,
    18446744073709551615 - toUnixTimestamp64Milli(received_at) AS precedence,
    time,
    received_at,
    if(startsWith(body, '{'), body, '{}') AS properties
FROM parsed
WHERE m.type IN ('track', 'page', 'screen')
