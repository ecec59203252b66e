-- What a message calls the person it is about: their id, and of an identify message names, address and telephone number (its
-- digits too, as one may type it without what stands between them).
WITH JSONExtract(if(m.type = 'identify', body, '{}'), 'Tuple(first_name String, last_name String, name String, email String, phone String)') AS t
SELECT
    workspace,
    sipHash64(if(m.userId = '', m.anonymousId, m.userId)) AS person,
    sipHash64(text) AS hash,
    lowerUTF8(arrayStringConcat(arrayDistinct(arrayFilter(one -> one != '', [
        if(m.userId = '', m.anonymousId, m.userId), t.first_name, t.last_name, t.name, t.email, t.phone, replaceRegexpAll(t.phone, '[^0-9]', '')
    ])), '\n')) AS text
FROM parsed
WHERE NOT startsWith(source, 'delivery') AND NOT startsWith(source, 'segment:')
