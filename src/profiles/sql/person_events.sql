-- What a person did, counted. Where it lies is known from person_events, which has a person's events together: of 20 million events
-- some thousands are read.
SELECT
    name,
    count() AS count,
    toUnixTimestamp64Milli(min(time)) AS first,
    toUnixTimestamp64Milli(max(time)) AS last
FROM events FINAL
WHERE workspace = {workspace:UUID}
  AND (hour, name) IN
  (
      SELECT hour, name FROM person_events
      WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
  )
  AND if(user_id != '', user_id, anonymous_id) IN {ids:Array(String)}
GROUP BY name
ORDER BY count DESC, name
