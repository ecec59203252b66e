-- Who is meant by each of these ids: the person it belongs to now. Ids nobody ever had are left out.
WITH links AS
(
    SELECT from_id, to_id
    FROM identity_links
    WHERE workspace = {workspace:UUID}
)
SELECT id AS given, if(links.to_id != '', links.to_id, id) AS profile
FROM (SELECT arrayJoin({ids:Array(String)}) AS id) AS asked
LEFT ANY JOIN links ON asked.id = links.from_id
WHERE id IN
    (
        SELECT profile FROM people
        WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
    )
   OR id IN (SELECT to_id FROM links)
