-- Removes people from every segment they ever were in.
DELETE FROM segment_changes
WHERE workspace = {workspace:UUID} AND profile IN {ids:Array(String)}
