-- The names of events, how often each, and the hour it was last seen in. Those Rapport writes itself too.
SELECT name, type, sum(n) AS count, toUnixTimestamp(max(at)) AS last_hour
FROM
(
    SELECT name, type, events AS n, hour AS at
    FROM metric_hours
    WHERE workspace = {workspace:UUID}
        AND hour NOT IN {open_hours:Array(DateTime('UTC'))}
        AND version <= {newest_version:UInt64}
        AND (hour, version) NOT IN {stale:Array(Tuple(DateTime('UTC'), UInt64))}
    UNION ALL
    SELECT name, type, 1 AS n, toStartOfHour(toDateTime(time)) AS at
    FROM events FINAL
    PREWHERE workspace = {workspace:UUID} AND hour IN {event_hours:Array(DateTime('UTC'))}
    WHERE toStartOfHour(time) IN {open_hours:Array(DateTime('UTC'))} AND NOT bot
)
GROUP BY name, type
ORDER BY count DESC, name, type
LIMIT 1000
