-- Who has each of these e-mail addresses (in lower case) now: everybody who does, when several share one. The newest address
-- of each is asked for after those were found who ever had one of these.
WITH
    found AS
    (
        SELECT person
        FROM profile_attributes
        WHERE workspace = {workspace:UUID} AND key = 'email' AND lowerUTF8(trim(text)) IN {emails:Array(String)}
    ),
    links AS
    (
        SELECT anonymous_id, from_person, user_id, to_person
        FROM identities FINAL
        WHERE workspace = {workspace:UUID}
    )
SELECT DISTINCT lowerUTF8(trim(a.text)) AS given, if(l.user_id != '', l.user_id, p.profile) AS profile
FROM
(
    SELECT person, argMax(text, precedence) AS text
    FROM profile_attributes
    WHERE workspace = {workspace:UUID} AND key = 'email' AND person IN (SELECT person FROM found)
    GROUP BY person
) AS a
INNER JOIN
(
    SELECT person, any(profile) AS profile
    FROM people
    WHERE workspace = {workspace:UUID} AND person IN (SELECT person FROM found)
    GROUP BY person
) AS p ON a.person = p.person
LEFT ANY JOIN links AS l ON a.person = l.from_person
WHERE given IN {emails:Array(String)}
