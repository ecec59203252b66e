-- Who belonged to a place by its earlier lists and is not on the one of this time, whose messages are all there. What this
-- list itself told to have left is not looked at, so asked again it answers the same.
SELECT person
FROM
(
    SELECT
        JSONExtract(message, 'Tuple(userId String, groupId String, timestamp String, traits Tuple(left Bool))') AS m,
        m.userId AS person
    FROM messages
    WHERE workspace = {workspace:UUID} AND source = {source:String}
)
WHERE m.groupId = {place:String} AND m.timestamp <= {at:String}
GROUP BY person
HAVING countIf(m.timestamp = {at:String} AND NOT m.traits.left) = 0
    AND argMaxIf(NOT m.traits.left, m.timestamp, m.timestamp < {at:String})
