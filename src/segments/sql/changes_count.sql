-- How many entered and left at one computation; a row written twice counts once. Stray rows are of an earlier try of
-- the same version, which a server went on with after it was given up.
SELECT
    uniqExactIf(profile, change = 'entered' AND time = {at:DateTime64(3,'UTC')}) AS entered,
    uniqExactIf(profile, change = 'left' AND time = {at:DateTime64(3,'UTC')}) AS gone,
    countIf(time != {at:DateTime64(3,'UTC')}) AS stray
FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version = {version:UInt32}
