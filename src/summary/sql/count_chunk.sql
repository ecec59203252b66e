SELECT count() AS lines, countIf(kind = 3) AS nobody, countIf(kind = 0) AS unread
FROM rows
WHERE chunk = {chunk:UInt32}
