-- Lines `readActivity` read, written for the engine by `load.ts`.
INSERT INTO rows (chunk, row, kind, user, name, id, time, keys, vals)
SELECT
    {chunk:UInt32},
    row,
    kind,
    user,
    name,
    sipHash128(id),
    time,
    arrayMap(key -> replaceAll(key, '\0', '\0\xFF'), keys),
    vals
FROM file(
    {path:String}, 'JSONEachRow',
    'row UInt32, kind UInt8, user String, name String, id String, time Int64, keys Array(String), vals Array(String)'
)
