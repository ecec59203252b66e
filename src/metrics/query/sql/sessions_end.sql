-- When the last of the sessions that began in a period ended, milliseconds; 0 when there are none. Rows that were
-- cancelled since may have it later than it was, which does no harm.
SELECT toUnixTimestamp64Milli(max(ended)) AS ended
FROM sessions
WHERE workspace = {workspace:UUID}
    AND start_hour >= toStartOfHour({from:DateTime64(3, 'UTC')})
    AND start_hour < {to:DateTime64(3, 'UTC')}
    AND started >= {from:DateTime64(3, 'UTC')}
    AND started < {to:DateTime64(3, 'UTC')}
