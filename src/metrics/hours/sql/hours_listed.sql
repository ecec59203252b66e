-- How many hours there are, how many of them ready, and what the list leaves for later: the oldest touch of the others. Hours
-- in the future (somebody's clock is wrong) are not waited for; every full look finds them.
SELECT
    count() AS hours,
    countIf(chunk > 0) AS ready,
    toUnixTimestamp64Milli(minIf(touched, chunk = 0 AND hour < {future:DateTime('UTC')})) AS oldest_left
FROM hour_work
WHERE list = 'hours'
