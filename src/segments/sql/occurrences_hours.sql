-- In which hours the events of a name stand that were received after one time, up to and with another. A month's granules without
-- such an event are left out by the index of times of receipt.
SELECT toUnixTimestamp(hour) AS hour, count() AS count
FROM events
WHERE workspace = {workspace:UUID} AND name = {event:String}
  AND received_at > {after:DateTime64(3, 'UTC')} AND received_at <= {up_to:DateTime64(3, 'UTC')}
GROUP BY hour
ORDER BY hour
