-- How many static segments these people were picked for.
SELECT count() AS count
FROM segment_picks
WHERE workspace = {workspace:UUID} AND profile IN {ids:Array(String)}
