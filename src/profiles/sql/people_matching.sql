-- Ids of the people a search finds: every word occurs in a name, e-mail, phone or id of theirs, under any of
-- their ids. Asked of the tables: the view profile_values, which settles which id's value is the newest, takes more
-- than twice as long (0.9 s against 0.4 for 200,000 people).
SELECT if(i.user_id != '', i.user_id, s.id) AS profile
FROM
(
    SELECT
        profile AS id,
        if(startsWith(newest.value, '"'), JSONExtractString(newest.value), newest.value) AS text
    FROM profile_attributes FINAL
    WHERE workspace = {workspace:UUID}
      AND key IN ('first_name', 'last_name', 'name', 'email', 'phone')
      AND newest.value != 'null'
    UNION ALL
    SELECT profile AS id, profile AS text
    FROM profile_seen
    WHERE workspace = {workspace:UUID}
) AS s
LEFT ANY JOIN
(
    SELECT anonymous_id, user_id
    FROM identities FINAL
    WHERE workspace = {workspace:UUID}
) AS i ON s.id = i.anonymous_id
GROUP BY profile
HAVING arrayAll(found -> found, maxForEach(
    arrayMap(word -> toUInt8(positionCaseInsensitiveUTF8(text, word) > 0), {words:Array(String)})))
