-- Who a message is about, and when. What Rapport itself did to a person is no sign of life.
SELECT
    workspace,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    time AS first,
    time AS last
FROM parsed
WHERE NOT startsWith(source, 'delivery') AND NOT startsWith(source, 'segment:')
