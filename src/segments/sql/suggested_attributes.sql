-- Which attributes people have, of what kind, and frequent values of those that have few. Asked of the table:
-- suggestions may count a value twice, and this reads no identities.
SELECT
    key AS name,
    multiIf(
        countIf(kind = 'boolean') * 2 > count(), 'boolean',
        countIf(kind = 'number') * 2 > count(), 'number',
        countIf(instant IS NOT NULL) * 2 > count(), 'date',
        'string') AS kind_of,
    if(uniqHLL12(text) > 200, [], topK(20)(text)) AS frequent
FROM profile_attributes
WHERE workspace = {workspace:UUID} AND kind != 'null'
GROUP BY key
ORDER BY count() DESC, key
LIMIT 200
