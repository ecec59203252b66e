-- The attributes people of a workspace have.
SELECT key AS name
FROM profile_values
WHERE workspace = {workspace:UUID}
GROUP BY key
ORDER BY key
LIMIT {limit:UInt32}
