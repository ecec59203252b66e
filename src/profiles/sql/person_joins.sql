-- The messages that joined a person's ids, of those that are events too.
SELECT toString(sipHash64(message_id, user_id)) AS made_by, message_id, type, source
FROM events FINAL
WHERE workspace = {workspace:UUID}
  AND (hour, name) IN
  (
      SELECT hour, name FROM person_events
      WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
  )
  AND user_id IN {ids:Array(String)} AND anonymous_id IN {ids:Array(String)}
  AND made_by IN {made_by:Array(String)}
