-- What is counted ahead of the hours from `from` up to `to`. Marks and builds of a workspace lie together.
SELECT
    arraySort(groupArrayIf(toUnixTimestamp(hour), open)) AS open_hours,
    arraySort(arrayDistinct(arrayMap(x -> toUnixTimestamp(x), arrayFlatten(groupArrayIf(event_hours, open))))) AS event_hours,
    arrayFlatten(groupArrayIf(arrayMap(v -> [toUInt64(toUnixTimestamp(hour)), v], arrayFilter(v -> v != counted, versions)), NOT open)) AS stale,
    max(newest) AS newest_version,
    toUnixTimestamp64Milli(max(touched)) AS touched,
    toUnixTimestamp64Milli((SELECT max(watermark) FROM session_builds)) AS sessions_to
FROM
(
    SELECT
        hour,
        max(marked) AS touched,
        groupUniqArrayArray(hours) AS event_hours,
        arrayDistinct(groupArrayArray(version_of)) AS versions,
        max(newest_of) AS newest,
        max(counted_of) AS counted,
        touched > max(watermark_of) AS open
    FROM
    (
        SELECT
            hour, max(hour_marks.touched) AS marked, groupUniqArrayArray(hour_marks.event_hours) AS hours,
            []::Array(UInt64) AS version_of, toUInt64(0) AS newest_of, toUInt64(0) AS counted_of, toDateTime64(0, 3, 'UTC') AS watermark_of
        FROM hour_marks
        WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        GROUP BY hour
        UNION ALL
        SELECT
            hour, toDateTime64(0, 3, 'UTC'), [], groupArray(version), max(version), maxIf(version, finished), maxIf(watermark, finished)
        FROM hour_builds
        WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
        GROUP BY hour
    )
    GROUP BY hour
)
