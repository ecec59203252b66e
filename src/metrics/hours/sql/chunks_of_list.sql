-- How many messages are in each chunk of a list, and in its largest hour.
SELECT chunk, sum(messages) AS messages
FROM hour_work
WHERE list = {list:String} AND chunk > 0
GROUP BY chunk
ORDER BY chunk
