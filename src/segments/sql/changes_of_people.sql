-- How often these people entered or left segments.
SELECT count() AS count
FROM segment_changes
WHERE workspace = {workspace:UUID} AND profile IN {ids:Array(String)}
