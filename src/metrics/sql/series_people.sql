-- People first seen in each interval.
SELECT
    toUnixTimestamp(multiIf(
        {interval:String} = 'day', toStartOfDay(first_seen, {timezone:String}),
        {interval:String} = 'hour', toStartOfHour(first_seen, {timezone:String}),
        {interval:String} = 'minute', toStartOfMinute(first_seen, {timezone:String}),
        toDateTime({from:DateTime64(3, 'UTC')}, {timezone:String}))) AS bucket,
    count() AS value
FROM profiles
WHERE workspace = {workspace:UUID}
    AND first_seen >= {from:DateTime64(3, 'UTC')}
    AND first_seen < {to:DateTime64(3, 'UTC')}
GROUP BY bucket
ORDER BY bucket
