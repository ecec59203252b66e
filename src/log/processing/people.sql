-- Who a message is about, and when. What Rapport itself did to a person is no sign of life.
SELECT
    workspace,
    sipHash64(profile) AS person,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    time AS first,
    time AS last,
    received_at AS known_at
FROM parsed
WHERE NOT startsWith(source, 'delivery') AND NOT startsWith(source, 'segment:')
