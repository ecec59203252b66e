-- The attributes people of a workspace have.
SELECT key AS name
FROM profile_attributes FINAL
WHERE workspace = {workspace:UUID} AND kind != 'null'
GROUP BY key
ORDER BY key
LIMIT {limit:UInt32}
