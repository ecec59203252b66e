-- Who was there in the hours of a chunk.
INSERT INTO person_hours (workspace, hour, person, version)
SELECT workspace, hour, person, {version:UInt64}
FROM events_by_person
PREWHERE version = {version:UInt64}
WHERE (workspace, toDate(hour)) IN (
    SELECT workspace, toDate(hour) FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
    AND NOT by_rapport
GROUP BY workspace, hour, person
