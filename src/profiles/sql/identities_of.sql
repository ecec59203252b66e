-- The ids linked to a person, or the person an id is linked to.
SELECT anonymous_id, user_id
FROM identities FINAL
WHERE workspace = {workspace:UUID} AND (user_id = {id:String} OR anonymous_id = {id:String})
ORDER BY anonymous_id
