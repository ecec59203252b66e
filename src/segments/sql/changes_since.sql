-- What changed in a segment after one computation, up to another; in the order it happened.
SELECT profile, change, version
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID}
  AND version > {from:UInt32} AND version <= {to:UInt32}
ORDER BY version, profile
