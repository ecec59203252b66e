-- Names of events, most frequent first. Asked of the table: a repeated message may count twice here.
SELECT name, count() AS count
FROM person_events
WHERE workspace = {workspace:UUID}
GROUP BY name
ORDER BY count DESC, name
LIMIT 200
