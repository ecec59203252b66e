-- What a person did, newest first, before the cursor (time, message id).
SELECT toUnixTimestamp64Milli(time) AS time_ms, type, name, source, properties, message_id
FROM profile_events
WHERE workspace = {workspace:UUID}
  AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
  AND profile = {id:String}
  AND (time < {before:DateTime64(3,'UTC')}
    OR (time = {before:DateTime64(3,'UTC')} AND message_id < {before_message:String}))
ORDER BY time DESC, message_id DESC
LIMIT {limit:UInt32}
