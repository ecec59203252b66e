-- The events of a chunk's hours. PREWHERE is applied before duplicates are removed, so it holds key columns alone;
-- the hour of `time` after it, since a duplicate may name another time than the first arrival, which counts.
INSERT INTO events_by_person (
    workspace, hour, person, visitor, time, name, type, message, by_rapport, path, title,
    hostname, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale,
    revenue, currency, order_id, version)
SELECT
    workspace, toStartOfHour(toDateTime(time, 'UTC')) AS hour_of_time, person, visitor, time, name, type,
    sipHash64(message_id, name, hour) AS message, by_rapport, path, title,
    hostname, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale,
    revenue, currency, order_id, {version:UInt64}
FROM events FINAL
PREWHERE (workspace, hour) IN (
    SELECT workspace, arrayJoin(event_hours) FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
WHERE (workspace, hour_of_time) IN (
    SELECT workspace, hour FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
    AND NOT bot
