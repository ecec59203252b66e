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
        -- An hour has a price of its own beside that of its messages.
        sum(messages + 20) OVER (
            PARTITION BY ready
            ORDER BY hour >= {recent:DateTime('UTC')} DESC, workspace, hour
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - messages - 20 AS before
    FROM
    (
        SELECT
            m.workspace AS workspace,
            m.hour AS hour,
            any(d.touched) AS touched,
            any(d.watermark) AS watermark,
            sum(m.messages) AS messages,
            groupUniqArrayArray(m.event_hours) AS event_hours,
            hour < {over:DateTime('UTC')}
                AND (touched <= now64(3, 'UTC') - toIntervalMillisecond({quiet_ms:UInt32})
                    OR watermark < now64(3, 'UTC') - toIntervalMillisecond({patience_ms:UInt64})) AS ready
        FROM (SELECT * FROM hour_marks WHERE (workspace, hour) IN (SELECT workspace, hour FROM hour_work WHERE list = 'dirty')) AS m
        INNER JOIN (SELECT * FROM hour_work WHERE list = 'dirty') AS d ON m.workspace = d.workspace AND m.hour = d.hour
        GROUP BY workspace, hour
    )
)
