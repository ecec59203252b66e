-- What a person did, counted. The ids let the index skip what other people did.
SELECT
    name,
    count() AS count,
    toUnixTimestamp64Milli(min(time)) AS first,
    toUnixTimestamp64Milli(max(time)) AS last
FROM profile_events
WHERE workspace = {workspace:UUID}
  AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
  AND profile = {id:String}
GROUP BY name
ORDER BY count DESC, name
