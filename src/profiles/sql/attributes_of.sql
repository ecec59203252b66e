-- The attributes of given people: the view profile_values for few of them. Asked of the table, because the
-- view joins everybody before it knows whose values are wanted, and this reads theirs alone.
WITH
    linked AS
    (
        SELECT from_person, user_id
        FROM identities FINAL
        WHERE workspace = {workspace:UUID} AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
    ),
    given AS
    (
        SELECT arrayJoin({ids:Array(String)}) AS id, sipHash64(id) AS person
    )
SELECT
    if(i.user_id != '', i.user_id, g.id) AS id,
    a.key AS name,
    argMax((a.kind, a.text, a.precedence)::Tuple(kind String, text String, precedence UInt128), a.precedence) AS latest,
    latest.kind AS kind,
    if(latest.kind = 'string', toJSONString(latest.text), latest.text) AS value,
    toInt64(bitShiftRight(latest.precedence, 84)) AS time
FROM profile_attributes AS a
LEFT ANY JOIN linked AS i ON a.person = i.from_person
LEFT ANY JOIN given AS g ON a.person = g.person
WHERE a.workspace = {workspace:UUID}
  AND (empty({names:Array(String)}) OR a.key IN {names:Array(String)})
  AND a.person IN (SELECT person FROM given UNION ALL SELECT from_person FROM linked)
GROUP BY id, name
HAVING id IN {ids:Array(String)} AND kind != 'null'
ORDER BY id, name
