-- Where people belong: a location that a file or a shop names as the attribute store_location, and groups. Somebody may
-- belong to many; `left` in a group's traits ends it.
WITH if(m.type = 'identify', JSONExtractString(body, 'store_location'), m.groupId) AS place_name
SELECT
    workspace,
    lowerUTF8(trimBoth(place_name)) AS place,
    sipHash64(if(m.userId = '', m.anonymousId, m.userId)) AS person,
    precedence,
    m.type = 'identify' OR JSONExtractRaw(body, 'left') != 'true' AS belongs,
    place_name AS name,
    time,
    received_at
FROM parsed
WHERE m.type IN ('identify', 'group') AND place_name != ''
