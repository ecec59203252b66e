-- Takes everybody out who is meant, whichever of their ids they were picked by.
INSERT INTO segment_picks (workspace, segment, profile, picked, version)
WITH meant AS
(
    SELECT profile
    FROM segment_uploads
    WHERE workspace = {workspace:UUID} AND upload = {upload:UUID} AND profile != ''
)
SELECT workspace, segment, profile, 0, {version:UInt64}
FROM segment_picks FINAL
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND picked = 1
  AND (profile IN (SELECT profile FROM meant)
    OR profile IN (
        SELECT from_id
        FROM identity_links
        WHERE workspace = {workspace:UUID} AND to_id IN (SELECT profile FROM meant)))
