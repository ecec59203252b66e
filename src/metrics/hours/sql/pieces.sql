-- Pieces become what they should be: one insert cancels and adds. Run again, it does nothing.
INSERT INTO session_pieces (
    workspace, hour, visitor, started, first, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, sign, content)
SELECT
    workspace, hour, visitor, started, first, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, -1 AS sign, content
FROM session_pieces FINAL
PREWHERE (workspace, hour) IN (
    SELECT workspace, hour FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
    AND visitor % {slices:UInt32} = {slice:UInt32}
WHERE (visitor, content) NOT IN (SELECT visitor, content FROM pieces_found)
UNION ALL
SELECT
    workspace, hour, visitor, started, first, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, 1 AS sign, content
FROM pieces_found
WHERE (visitor, content) NOT IN (
    SELECT visitor, content
    FROM session_pieces FINAL
    PREWHERE (workspace, hour) IN (
        SELECT workspace, hour FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
        AND visitor % {slices:UInt32} = {slice:UInt32})
