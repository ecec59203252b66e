-- The segments a person is in. `segments` and `versions` go together: each segment's finished computation.
SELECT toString(segment) AS id, toUnixTimestamp64Milli(max(time)) AS since
FROM segment_changes
WHERE workspace = {workspace:UUID} AND profile = {profile:String} AND segment IN {segments:Array(UUID)}
  AND version <= arrayElement({versions:Array(UInt32)}, indexOf({segments:Array(UUID)}, segment))
GROUP BY segment
HAVING argMax(change, version) = 'entered'
