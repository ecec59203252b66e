SELECT toString(number) AS bucket, rows
FROM
(
    SELECT bucket AS number, count() AS rows
    FROM rows
    WHERE kind IN (1, 2)
    GROUP BY number
)
ORDER BY number
