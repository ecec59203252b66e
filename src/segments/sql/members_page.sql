-- A page of members, by id, after the cursor.
SELECT profile AS id, toUnixTimestamp64Milli(max(time)) AS since
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version <= {version:UInt32}
  AND profile > {after:String}
GROUP BY profile
HAVING argMax(change, version) = 'entered'
ORDER BY profile
LIMIT {limit:UInt32}
