-- The hours of a chunk are being counted, or are counted.
INSERT INTO hour_builds (workspace, hour, version, watermark, finished)
SELECT workspace, hour, {version:UInt64}, {watermark:DateTime64(3, 'UTC')}, {finished:Bool}
FROM hour_work
WHERE list = {list:String} AND chunk = {chunk:UInt32}
