-- The hours whose sessions are due: open ones (and those just over) touched since the last time.
INSERT INTO hour_work (list, chunk, workspace, hour, touched, messages, event_hours)
SELECT
    'open',
    1 + intDiv(sum(greatest(messages, 20)) OVER (
        ORDER BY workspace, hour
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - greatest(messages, 20), {chunk_messages:UInt64}) AS chunk,
    workspace,
    hour,
    touched,
    messages,
    event_hours
FROM
(
    SELECT
        workspace,
        hour,
        max(hour_marks.touched) AS touched,
        sum(hour_marks.messages) AS messages,
        groupUniqArrayArray(hour_marks.event_hours) AS event_hours
    FROM hour_marks
    WHERE hour >= {recent:DateTime('UTC')}
    GROUP BY workspace, hour
    HAVING touched > {since:DateTime64(3, 'UTC')}
)
