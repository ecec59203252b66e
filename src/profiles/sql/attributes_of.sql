-- The attributes of given people: the view profile_values for few of them. Asked of the table, because the
-- view joins everybody's identities before it knows whose values are wanted, and this reads theirs alone.
WITH linked AS
(
    SELECT anonymous_id, user_id
    FROM identities FINAL
    WHERE workspace = {workspace:UUID} AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
)
SELECT
    if(i.user_id != '', i.user_id, a.profile) AS id,
    a.key AS name,
    max(a.newest) AS latest,
    latest.value AS value,
    toUnixTimestamp64Milli(latest.time) AS time
FROM profile_attributes AS a
LEFT ANY JOIN linked AS i ON a.profile = i.anonymous_id
WHERE a.workspace = {workspace:UUID}
  AND (empty({names:Array(String)}) OR a.key IN {names:Array(String)})
  AND a.profile IN (SELECT arrayJoin({ids:Array(String)}) UNION ALL SELECT anonymous_id FROM linked)
GROUP BY id, name
HAVING id IN {ids:Array(String)} AND value != 'null'
ORDER BY id, name
