-- When a person, under all their ids, was first and last seen. No row for somebody never heard of.
SELECT toUnixTimestamp64Milli(min(first)) AS first_seen, toUnixTimestamp64Milli(max(last)) AS last_seen
FROM people
WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
HAVING count() > 0
