-- Whether anybody is known by two ids.
SELECT 1
FROM identities
WHERE workspace = {workspace:UUID}
LIMIT 1
