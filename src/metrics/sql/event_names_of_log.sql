-- The same as event_names, from single events alone: where more hours are open than a statement can list.
SELECT name, type, count() AS count, toUnixTimestamp(max(toStartOfHour(toDateTime(time)))) AS last_hour
FROM events FINAL
PREWHERE workspace = {workspace:UUID}
WHERE NOT bot
GROUP BY name, type
ORDER BY count DESC, name, type
LIMIT 1000
