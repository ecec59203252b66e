-- Who a message is about, when, and what a search finds them by. What Rapport itself did to a person is no sign of life.
WITH
    -- Texts, even where numbers belong; only of an identify message. What it does not name has no precedence.
    JSONExtract(if(m.type = 'identify', body, '{}'), 'Tuple(first_name String, last_name String, name String, email String, phone String)') AS traits,
    JSONExtractKeys(if(m.type = 'identify', body, '{}')) AS keys
SELECT
    workspace,
    sipHash64(profile) AS person,
    if(m.userId = '', m.anonymousId, m.userId) AS profile,
    time AS first,
    time AS last,
    received_at AS known_at,
    (if(has(keys, 'first_name'), precedence, 0), lowerUTF8(traits.first_name))::Tuple(precedence UInt128, text String) AS first_name,
    (if(has(keys, 'last_name'), precedence, 0), lowerUTF8(traits.last_name))::Tuple(precedence UInt128, text String) AS last_name,
    (if(has(keys, 'name'), precedence, 0), lowerUTF8(traits.name))::Tuple(precedence UInt128, text String) AS name,
    (if(has(keys, 'email'), precedence, 0), lowerUTF8(traits.email))::Tuple(precedence UInt128, text String) AS email,
    (if(has(keys, 'phone'), precedence, 0), replaceRegexpAll(traits.phone, '[^0-9]', ''))::Tuple(precedence UInt128, text String) AS phone
FROM parsed
WHERE NOT startsWith(source, 'delivery') AND NOT startsWith(source, 'segment:')
