-- Frequent values of one attribute that contain a text. Asked of the table, as other suggestions are.
SELECT if(kind = 'string', toJSONString(text), text) AS json, count() AS count
FROM profile_attributes
WHERE workspace = {workspace:UUID} AND key = {name:String} AND kind != 'null' AND text != ''
  AND positionCaseInsensitiveUTF8(text, {search:String}) > 0
GROUP BY json
ORDER BY count DESC, json
LIMIT 30
