-- Removes what a killed computation left behind (from = its version), or all of a segment (from = 0).
DELETE FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version >= {from:UInt32}
