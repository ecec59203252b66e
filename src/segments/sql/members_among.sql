-- Which of some people are members of a segment as of a finished computation.
SELECT profile
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version <= {version:UInt32}
  AND profile IN {profiles:Array(String)}
GROUP BY profile
HAVING argMax(change, version) = 'entered'
