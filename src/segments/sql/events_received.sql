-- The names of events that were received after one time, up to and with another.
SELECT DISTINCT name
FROM events
WHERE workspace = {workspace:UUID}
  AND received_at > {after:DateTime64(3, 'UTC')} AND received_at <= {up_to:DateTime64(3, 'UTC')}
