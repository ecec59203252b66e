-- Picks everybody who is meant.
INSERT INTO segment_picks (workspace, segment, profile, picked, version)
SELECT DISTINCT workspace, {segment:UUID}, profile, 1, {version:UInt64}
FROM segment_uploads
WHERE workspace = {workspace:UUID} AND upload = {upload:UUID} AND profile != ''
