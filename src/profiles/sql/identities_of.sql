-- Links that begin or end at some ids, and when each was made.
SELECT
    anonymous_id AS from_id,
    user_id AS to_id,
    toInt64(bitShiftRight(precedence, 64)) AS since,
    -- Of the message that made it: its id with the user id.
    toString(bitAnd(precedence, toUInt128(18446744073709551615))) AS made_by
FROM identities FINAL
WHERE workspace = {workspace:UUID} AND (user_id IN {ids:Array(String)} OR anonymous_id IN {ids:Array(String)})
ORDER BY from_id
