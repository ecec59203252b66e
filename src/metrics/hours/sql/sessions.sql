-- Sessions become what they should be: one insert cancels and adds. Run again, it does nothing.
INSERT INTO sessions (
    workspace, start_hour, visitor, started, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, sign, content)
SELECT
    s.workspace AS workspace, start_hour, s.visitor AS visitor, started, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, -1 AS sign, content
FROM
(
    SELECT *
    FROM sessions FINAL
    PREWHERE (workspace, start_hour) IN (
        SELECT workspace, hour FROM session_region_hours)
        AND (workspace, visitor) IN (SELECT workspace, visitor FROM session_regions WHERE settled)
    WHERE (visitor, content) NOT IN (SELECT visitor, content FROM sessions_found)
) AS s
INNER JOIN (SELECT * FROM session_regions WHERE settled) AS r ON s.workspace = r.workspace AND s.visitor = r.visitor
WHERE toUnixTimestamp64Milli(started) BETWEEN r.begins AND r.ends
UNION ALL
SELECT
    workspace, start_hour, visitor, started, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, 1 AS sign, content
FROM sessions_found
WHERE (visitor, content) NOT IN (
    SELECT visitor, content
    FROM sessions FINAL
    PREWHERE (workspace, start_hour) IN (
        SELECT workspace, hour FROM session_region_hours)
        AND (workspace, visitor) IN (SELECT workspace, visitor FROM session_regions WHERE settled))
