-- What was given is no longer needed.
DELETE FROM segment_uploads
WHERE workspace = {workspace:UUID} AND upload = {upload:UUID}
