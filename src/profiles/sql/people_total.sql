-- How many people the list has in all.
SELECT count() AS total
FROM profiles
WHERE workspace = {workspace:UUID}
  /* narrowed */
