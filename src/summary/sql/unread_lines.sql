SELECT row, base64Encode(line) AS line
FROM rows
WHERE chunk = {chunk:UInt32} AND kind = 0
ORDER BY row
