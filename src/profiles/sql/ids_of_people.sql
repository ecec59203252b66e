-- The ids of people known by their hashes.
SELECT toString(person) AS person, any(profile) AS id
FROM people
WHERE workspace = {workspace:UUID} AND person IN {people:Array(UInt64)}
GROUP BY person
