-- Which months have rows to be taken away, how many events they are about, and how many rows the month has.
SELECT
    toString(toYYYYMM(s.hour)) AS month,
    count() AS hours,
    sum(m.events) AS events,
    any(p.rows) AS rows
FROM hour_stale AS s
LEFT JOIN
(
    SELECT workspace, hour, version, sum(events) AS events
    FROM metric_hours
    WHERE (workspace, hour) IN (SELECT workspace, hour FROM hour_stale)
    GROUP BY workspace, hour, version
) AS m ON s.workspace = m.workspace AND s.hour = m.hour AND s.version = m.version
LEFT JOIN
(
    SELECT partition_id, sum(rows) AS rows
    FROM system.parts
    WHERE database = currentDatabase() AND table = 'events_by_person' AND active
    GROUP BY partition_id
) AS p ON month = p.partition_id
GROUP BY month
ORDER BY month
