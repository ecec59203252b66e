-- How many entered and left at one computation.
SELECT countIf(change = 'entered') AS entered, countIf(change = 'left') AS gone
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version = {version:UInt32}
