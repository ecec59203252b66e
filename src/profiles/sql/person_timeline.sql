-- What a person did, newest first, before the cursor (time, message id); where asked, only of some types, of some names,
-- within a time (days are the workspace's), or with a text in a property, be it the property's name.
SELECT toUnixTimestamp64Milli(time) AS time_ms, type, name, source, properties, message_id
FROM events FINAL
WHERE workspace = {workspace:UUID}
  AND (hour, name) IN
  (
      SELECT hour, name FROM person_events
      WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
  )
  AND if(user_id != '', user_id, anonymous_id) IN {ids:Array(String)}
  AND (time < {before:DateTime64(3,'UTC')}
    OR (time = {before:DateTime64(3,'UTC')} AND message_id < {before_message:String}))
  AND (empty({types:Array(String)}) OR type IN {types:Array(String)})
  AND (empty({names:Array(String)}) OR name IN {names:Array(String)})
  AND time >= parseDateTime64BestEffortOrZero({from:String}, 3, {timezone:String})
  AND ({to:String} = '' OR time < parseDateTime64BestEffortOrZero({to:String}, 3, {timezone:String}))
  AND ({text:String} = '' OR arrayExists(
    property -> positionCaseInsensitiveUTF8(property.1, {text:String}) > 0
      OR positionCaseInsensitiveUTF8(property.2, {text:String}) > 0,
    JSONExtractKeysAndValues(properties, 'String')))
ORDER BY time DESC, message_id DESC
LIMIT {limit:UInt32}
