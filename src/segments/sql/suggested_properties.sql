-- The properties seen in some events of each name.
SELECT name, arraySort(groupUniqArrayArray(50)(JSONExtractKeys(properties))) AS properties
FROM
(
    SELECT name, properties
    FROM person_events
    WHERE workspace = {workspace:UUID} AND name IN {names:Array(String)}
    LIMIT 100 BY name
)
GROUP BY name
