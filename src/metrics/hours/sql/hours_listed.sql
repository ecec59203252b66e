-- How many chunks there are, and what the list leaves for later: the oldest touch of hours that are not ready. Hours
-- in the future (somebody's clock is wrong) are not waited for; every full look finds them.
SELECT
    max(chunk) AS chunks,
    count() AS hours,
    toUnixTimestamp64Milli(minIf(touched, chunk = 0 AND hour < {future:DateTime('UTC')})) AS oldest_left
FROM hour_work
WHERE list = 'hours'
