-- Removes people from what a kill left behind.
DELETE FROM segment_uploads
WHERE workspace = {workspace:UUID} AND (profile IN {ids:Array(String)} OR given IN {ids:Array(String)})
