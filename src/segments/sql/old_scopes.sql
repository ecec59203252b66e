-- Lists of people that a killed computation left behind.
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'segment_scope_') AND metadata_modification_time <= now() - toIntervalSecond({age:UInt32})
