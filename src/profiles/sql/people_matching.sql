-- Ids of the people a search finds: every word occurs in the name, e-mail, phone or id.
SELECT profile
FROM
(
    SELECT profile, text
    FROM profile_values
    WHERE workspace = {workspace:UUID} AND key IN ('first_name', 'last_name', 'name', 'email', 'phone')
    UNION ALL
    SELECT profile, profile AS text
    FROM profiles
    WHERE workspace = {workspace:UUID}
)
GROUP BY profile
HAVING arrayAll(found -> found, maxForEach(
    arrayMap(word -> toUInt8(positionCaseInsensitiveUTF8(text, word) > 0), {words:Array(String)})))
