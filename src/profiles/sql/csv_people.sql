-- Everybody, by id: neighbours in the tables of attributes, which are then read a few granules at a time. `narrowed` is
-- replaced as in people_page.
SELECT profile AS id, toUnixTimestamp64Milli(first) AS first_seen, toUnixTimestamp64Milli(last) AS last_seen
FROM (SELECT profile, first_seen AS first, last_seen AS last FROM profiles WHERE workspace = {workspace:UUID})
WHERE 1
  /* narrowed */
ORDER BY profile
