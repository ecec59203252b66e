-- Where a person belongs: each place as it was written, and since when, as far as is known.
SELECT place, argMax(name, precedence) AS name, toUnixTimestamp64Milli(min(time)) AS since
FROM profile_places FINAL
WHERE workspace = {workspace:UUID} AND belongs AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
GROUP BY place
ORDER BY since, place
