SELECT user, count() AS rows
FROM rows
WHERE bucket = {bucket:UInt64} AND kind IN (1, 2)
GROUP BY user
ORDER BY user
