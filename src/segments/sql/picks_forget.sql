-- Removes all that was picked for a segment.
DELETE FROM segment_picks
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID}
