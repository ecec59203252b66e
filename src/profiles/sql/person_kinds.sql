-- As what the ids of a person stand in events: as the user's, or as a device's.
SELECT
    groupUniqArrayIf(user_id, user_id IN {ids:Array(String)}) AS users,
    groupUniqArrayIf(anonymous_id, anonymous_id IN {ids:Array(String)}) AS devices
FROM events
WHERE workspace = {workspace:UUID}
  AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
