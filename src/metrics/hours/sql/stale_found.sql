-- Rows that count no longer: of hours counted again since. Read in the order of the table, so that memory does not grow
-- with the number of hours.
INSERT INTO hour_stale (workspace, hour, version)
SELECT workspace, hour, arrayJoin(arrayFilter(v -> v < counted, versions)) AS version
FROM
(
    SELECT workspace, hour, maxIf(version, finished) AS counted, groupUniqArray(version) AS versions
    FROM hour_builds
    GROUP BY workspace, hour
    HAVING length(versions) > 1
)
LIMIT {limit:UInt32}
SETTINGS optimize_aggregation_in_order = 1
