-- Removes people from all that was picked by hand.
DELETE FROM segment_picks
WHERE workspace = {workspace:UUID} AND profile IN {ids:Array(String)}
