-- Ids of people by their numbers, and when they were last seen under any id: `people` are all their ids, `owners` whose each is.
SELECT
    toString(transform(person, {people:Array(UInt64)}, {owners:Array(UInt64)}, toUInt64(0)) AS whose) AS owner,
    anyIf(profile, person = whose) AS id,
    toUnixTimestamp64Milli(max(last)) AS last_seen
FROM people
WHERE workspace = {workspace:UUID} AND person IN {people:Array(UInt64)}
GROUP BY whose
