-- Hours that have events, from `from` up to `to`: when each was touched last, and where its events lie (empty: where
-- it lies itself, as nearly always). One row of arrays: years of hours are read by the program in milliseconds.
SELECT
    groupArray(toUnixTimestamp(hour)) AS hours,
    groupArray(toUnixTimestamp64Milli(last)) AS touched,
    groupArray(if(lies = [hour], [], arrayMap(x -> toUnixTimestamp(x), lies))) AS event_hours
FROM
(
    SELECT hour, max(touched) AS last, groupUniqArrayArray(event_hours) AS lies
    FROM hour_marks
    WHERE workspace = {workspace:UUID} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
    GROUP BY hour
)
