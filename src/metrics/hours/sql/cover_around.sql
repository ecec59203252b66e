-- Up to when recent hours are in sessions, and whether anybody of the workspace is known by two ids.
SELECT
    toUnixTimestamp64Milli((SELECT max(watermark) FROM session_builds)) AS sessions_to,
    (SELECT count() FROM (SELECT 1 FROM identities WHERE workspace = {workspace:UUID} LIMIT 1)) != 0 AS linked
