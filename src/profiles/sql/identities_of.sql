-- The ids linked to a person, or the person an id is linked to.
SELECT anonymous_id, max(link).user_id AS user_id
FROM identities
WHERE workspace = {workspace:UUID}
GROUP BY anonymous_id
HAVING user_id = {id:String} OR anonymous_id = {id:String}
ORDER BY anonymous_id
