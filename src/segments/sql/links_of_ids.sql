-- Where some ids lead: the newest link of each.
SELECT anonymous_id AS from_id, user_id AS to_id
FROM identities FINAL
PREWHERE from_person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
WHERE workspace = {workspace:UUID}
