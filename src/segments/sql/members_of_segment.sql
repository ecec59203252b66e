-- The members of a segment as of a finished computation, by number: a part of other questions.
SELECT person
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {in_segment:UUID} AND version <= {in_version:UInt32}
GROUP BY person
HAVING argMax(change, version) = 'entered'
