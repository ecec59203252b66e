-- What it takes to count the dirty hours. Those that are ready get the number of a chunk: of bounded size, neighbours
-- in the log's order together, hours of late first; the others get 0. An hour is ready when it is over and quiet, or
-- when it is not left alone and `patience_ms` have passed.
INSERT INTO hour_work (list, chunk, workspace, hour, touched, watermark, messages, event_hours)
SELECT
    'hours',
    if(ready, 1 + intDiv(before, {chunk_messages:UInt64}), 0) AS chunk,
    workspace,
    hour,
    touched,
    watermark,
    messages,
    event_hours
FROM
(
    SELECT
        *,
        -- An hour has a price, however few its messages.
        greatest(messages, 20) AS price,
        sum(price) OVER (
            PARTITION BY ready
            ORDER BY hour >= {recent:DateTime('UTC')} DESC, workspace, hour
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - price AS before
    FROM
    (
        SELECT
            m.workspace AS workspace,
            m.hour AS hour,
            d.touched AS touched,
            d.watermark AS watermark,
            m.messages AS messages,
            m.event_hours AS event_hours,
            hour < {over:DateTime('UTC')}
                AND (touched <= now64(3, 'UTC') - toIntervalMillisecond({quiet_ms:UInt32})
                    OR watermark < now64(3, 'UTC') - toIntervalMillisecond({patience_ms:UInt64})) AS ready
        FROM
        (
            SELECT workspace, hour, sum(hour_marks.messages) AS messages, groupUniqArrayArray(hour_marks.event_hours) AS event_hours
            FROM hour_marks
            WHERE (workspace, hour) IN (SELECT workspace, hour FROM hour_work WHERE list = 'dirty')
            GROUP BY workspace, hour
        ) AS m
        INNER JOIN (SELECT * FROM hour_work WHERE list = 'dirty') AS d ON m.workspace = d.workspace AND m.hour = d.hour
    )
)
