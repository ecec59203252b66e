-- As what the ids of a person stand in events: as the user's, or as a device's.
SELECT
    groupUniqArrayIf(user_id, user_id IN {ids:Array(String)}) AS users,
    groupUniqArrayIf(anonymous_id, anonymous_id IN {ids:Array(String)}) AS devices
FROM events FINAL
WHERE workspace = {workspace:UUID}
  AND (hour, name) IN
  (
      SELECT hour, name FROM person_events
      WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
  )
  AND if(user_id != '', user_id, anonymous_id) IN {ids:Array(String)}
