-- The engine's clock, and the newest version of an hour: versions only rise.
SELECT
    toUnixTimestamp64Micro(now64(6, 'UTC')) AS now,
    max(version) AS newest
FROM hour_builds
