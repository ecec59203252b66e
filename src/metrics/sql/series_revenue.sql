-- Revenue of events by interval, in the currency it was sent in.
SELECT
    toUnixTimestamp(multiIf(
        {interval:String} = 'day', toStartOfDay(time, {timezone:String}),
        {interval:String} = 'hour', toStartOfHour(time, {timezone:String}),
        {interval:String} = 'minute', toStartOfMinute(time, {timezone:String}),
        toDateTime({from:DateTime64(3, 'UTC')}, {timezone:String}))) AS bucket,
    sum(revenue) AS value
FROM events FINAL
WHERE workspace = {workspace:UUID}
    AND time >= {from:DateTime64(3, 'UTC')}
    AND time < {to:DateTime64(3, 'UTC')}
    AND ({event:String} = '' OR name = {event:String})
GROUP BY bucket
ORDER BY bucket
