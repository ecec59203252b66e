-- Hours that were counted ahead, from `from` up to `to`: which version counts, what had arrived by then, and which
-- versions do not count. One row of arrays.
SELECT
    groupArray(toUnixTimestamp(hour)) AS hours,
    groupArray(h.counted) AS counted,
    groupArray(toUnixTimestamp64Milli(arrived)) AS arrived,
    groupArray(arrayFilter(v -> v != h.counted, h.versions)) AS others,
    max(newest) AS newest_version
FROM
(
    SELECT
        hour,
        maxIf(version, finished) AS counted,
        maxIf(watermark, finished) AS arrived,
        groupUniqArray(version) AS versions,
        max(version) AS newest
    FROM hour_builds
    WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    GROUP BY hour
) AS h
