-- How many people there are, and how many were first seen since.
SELECT count() AS total, countIf(first_seen >= {since:DateTime64(3,'UTC')}) AS recent
FROM profiles
WHERE workspace = {workspace:UUID}
