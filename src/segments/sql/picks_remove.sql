-- Takes people out of a static segment, whichever of their ids they were picked by.
INSERT INTO segment_picks (workspace, segment, profile, picked, version)
SELECT workspace, segment, profile, 0, {version:UInt64}
FROM segment_picks FINAL
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND picked = 1
  AND (profile IN {profiles:Array(String)}
    OR profile IN (
        SELECT from_id
        FROM identity_links
        WHERE workspace = {workspace:UUID} AND to_id IN {profiles:Array(String)}))
