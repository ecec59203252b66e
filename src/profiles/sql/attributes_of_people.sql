-- Attributes of people by their numbers: `people` are all their ids, `owners` whose each is.
SELECT
    toString(transform(a.person, {people:Array(UInt64)}, {owners:Array(UInt64)}, toUInt64(0))) AS owner,
    a.key AS name,
    argMax((a.kind, a.text)::Tuple(kind String, text String), a.precedence) AS latest,
    latest.kind AS kind,
    if(latest.kind = 'string', toJSONString(latest.text), latest.text) AS value
FROM profile_attributes AS a
WHERE a.workspace = {workspace:UUID} AND a.key IN {names:Array(String)} AND a.person IN {people:Array(UInt64)}
GROUP BY owner, name
HAVING kind != 'null'
