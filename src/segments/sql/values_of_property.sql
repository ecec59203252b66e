-- Frequent values of one property of an event that contain a text, in as many events as can be read while somebody waits.
SELECT json, count() AS count
FROM
(
    SELECT JSONExtractRaw(properties, {name:String}) AS json
    FROM person_events
    WHERE workspace = {workspace:UUID} AND name = {event:String}
    LIMIT 200000
)
WHERE json NOT IN ('null', '""', '')
  AND positionCaseInsensitiveUTF8(if(startsWith(json, '"'), JSONExtractString(json), json), {search:String}) > 0
GROUP BY json
ORDER BY count DESC, json
LIMIT 30
