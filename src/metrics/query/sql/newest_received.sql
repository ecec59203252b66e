-- When the newest message of the workspace arrived: what an answer can contain at most. Read backwards from the
-- end of the sorting key.
SELECT toUnixTimestamp64Milli(received_at) AS received_at
FROM messages
WHERE workspace = {workspace:UUID}
ORDER BY workspace DESC, received_at DESC
LIMIT 1
