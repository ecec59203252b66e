-- Frequent values of one attribute that contain a text. Asked of the table, as other suggestions are.
SELECT newest.value AS json, count() AS count
FROM profile_attributes
WHERE workspace = {workspace:UUID} AND key = {name:String} AND json NOT IN ('null', '""', '')
  AND positionCaseInsensitiveUTF8(if(startsWith(json, '"'), JSONExtractString(json), json), {search:String}) > 0
GROUP BY json
ORDER BY count DESC, json
LIMIT 30
