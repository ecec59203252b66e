-- Events by interval. Of no particular name: what customers did, not what Rapport wrote about them.
-- From the table itself, since nothing here asks whose an event is; FINAL removes duplicates.
SELECT
    toUnixTimestamp(multiIf(
        {interval:String} = 'day', toStartOfDay(time, {timezone:String}),
        {interval:String} = 'hour', toStartOfHour(time, {timezone:String}),
        {interval:String} = 'minute', toStartOfMinute(time, {timezone:String}),
        toDateTime({from:DateTime64(3, 'UTC')}, {timezone:String}))) AS bucket,
    count() AS value
FROM events FINAL
WHERE workspace = {workspace:UUID}
    AND time >= {from:DateTime64(3, 'UTC')}
    AND time < {to:DateTime64(3, 'UTC')}
    AND if({event:String} = '', source NOT LIKE 'delivery%' AND source NOT LIKE 'segment:%', name = {event:String})
GROUP BY bucket
ORDER BY bucket
