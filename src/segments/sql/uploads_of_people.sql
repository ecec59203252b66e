-- How often these people are named by what a kill left behind.
SELECT count() AS count
FROM segment_uploads
WHERE workspace = {workspace:UUID} AND (profile IN {ids:Array(String)} OR given IN {ids:Array(String)})
