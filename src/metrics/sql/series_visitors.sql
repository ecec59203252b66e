-- How many people did something (of one name, if given) in each interval; exact.
SELECT
    toUnixTimestamp(multiIf(
        {interval:String} = 'day', toStartOfDay(time, {timezone:String}),
        {interval:String} = 'hour', toStartOfHour(time, {timezone:String}),
        {interval:String} = 'minute', toStartOfMinute(time, {timezone:String}),
        toDateTime({from:DateTime64(3, 'UTC')}, {timezone:String}))) AS bucket,
    uniqExact(profile) AS value
FROM profile_events
WHERE workspace = {workspace:UUID}
    AND time >= {from:DateTime64(3, 'UTC')}
    AND time < {to:DateTime64(3, 'UTC')}
    AND if({event:String} = '', source NOT LIKE 'delivery%' AND source NOT LIKE 'segment:%', name = {event:String})
GROUP BY bucket
ORDER BY bucket
