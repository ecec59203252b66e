-- Which hours of which workspaces got events just now.
SELECT
    workspace,
    toStartOfHour(time) AS hour,
    now64(3, 'UTC') AS touched,
    count() AS messages,
    groupUniqArray(toStartOfHour(stated)) AS event_hours
FROM parsed
WHERE m.type IN ('track', 'page', 'screen')
GROUP BY workspace, hour
