-- Which attributes people have, of what kind, and frequent values of those that have few. Asked of the table:
-- suggestions may count a value twice, and this reads no identities.
SELECT
    key AS name,
    multiIf(
        countIf(newest.value IN ('true', 'false')) * 2 > count(), 'boolean',
        countIf(match(newest.value, '^-?[0-9]')) * 2 > count(), 'number',
        countIf(match(newest.value, '^"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][^"]*)?"$')) * 2 > count(), 'date',
        'string') AS kind,
    if(uniqHLL12(newest.value) > 200, [], topK(20)(newest.value)) AS frequent
FROM profile_attributes
WHERE workspace = {workspace:UUID} AND newest.value != 'null'
GROUP BY key
ORDER BY count() DESC, key
LIMIT 200
