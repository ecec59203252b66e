-- The newest version of any hour.
SELECT max(version) AS newest FROM hour_builds
