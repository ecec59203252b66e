-- The hours with something in them that is not counted yet. Only marks touched since the oldest one that the last
-- look left are read. Should there be more than fit, hours that can be counted come first, those of late before all.
INSERT INTO hour_work (list, chunk, workspace, hour, touched, watermark)
SELECT 'dirty', 0, workspace, hour, max(marked) AS touched, max(counted) AS watermark
FROM
(
    SELECT workspace, hour, max(touched) AS marked, toDateTime64(0, 3, 'UTC') AS counted
    FROM hour_marks
    WHERE touched >= {since:DateTime64(3, 'UTC')}
    GROUP BY workspace, hour
    UNION ALL
    SELECT workspace, hour, toDateTime64(0, 3, 'UTC') AS marked, max(watermark) AS counted
    FROM hour_builds
    WHERE finished AND hour >= (SELECT min(hour) FROM hour_marks WHERE touched >= {since:DateTime64(3, 'UTC')})
    GROUP BY workspace, hour
)
GROUP BY workspace, hour
HAVING touched > watermark
ORDER BY hour < {over:DateTime('UTC')} DESC, hour >= {recent:DateTime('UTC')} DESC, workspace, hour
LIMIT {limit:UInt32}
