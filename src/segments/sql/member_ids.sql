-- Ids of the members of a segment as of a finished computation.
SELECT any(profile) AS profile
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version <= {version:UInt32}
GROUP BY person
HAVING argMax(change, version) = 'entered'
