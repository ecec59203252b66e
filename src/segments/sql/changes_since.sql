-- What changed in a segment after one computation, up to another: one computation after the other, and of each first
-- who left, then who entered, so that a reader gets long runs of the same. At one computation a person does one of
-- them at most. Grouped, since a row may be there twice.
SELECT profile, change, version
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID}
  AND version > {from:UInt32} AND version <= {to:UInt32}
GROUP BY version, change, profile
ORDER BY version, change, profile
