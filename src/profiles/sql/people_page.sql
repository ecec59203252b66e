-- A page of everybody, last seen first; after the cursor (time, id). `narrowed` is replaced by further
-- conditions on profile, made by code: the search, membership of a segment.
SELECT profile AS id, last_seen
FROM profiles
WHERE workspace = {workspace:UUID}
  /* narrowed */
  AND ({after_id:String} = '' OR last_seen < {after_time:DateTime64(3,'UTC')}
    OR (last_seen = {after_time:DateTime64(3,'UTC')} AND profile > {after_id:String}))
ORDER BY last_seen DESC, profile
LIMIT {limit:UInt32}
