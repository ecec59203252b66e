-- Everybody an id was ever linked to.
WITH if(m.type = 'alias', m.previousId, m.anonymousId) AS from_id
SELECT workspace, sipHash64(from_id) AS from_person, sipHash64(m.userId) AS to_person
FROM parsed
WHERE m.userId != '' AND from_id != '' AND from_id != m.userId
