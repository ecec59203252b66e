-- Removes what an earlier try of a computation wrote late.
DELETE FROM segment_changes
WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version = {version:UInt32}
  AND time != {at:DateTime64(3,'UTC')}
