-- A page of everybody, last seen first; after the cursor (time, id). `narrowed` is replaced by further
-- conditions on profile, made by code: the search, membership of a segment.
SELECT profile AS id, toUnixTimestamp64Milli(seen) AS last_seen
FROM (SELECT profile, last_seen AS seen FROM profiles WHERE workspace = {workspace:UUID})
WHERE ({after_id:String} = '' OR seen < {after_time:DateTime64(3,'UTC')}
    OR (seen = {after_time:DateTime64(3,'UTC')} AND profile > {after_id:String}))
  /* narrowed */
ORDER BY seen DESC, profile
LIMIT {limit:UInt32}
