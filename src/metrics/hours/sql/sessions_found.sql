-- The sessions of the regions, put together from pieces: the next piece belongs to the session before it unless 30
-- minutes passed, or it brings another campaign than the one in force. Narrow and wide columns as in pieces_found.
INSERT INTO sessions_found (
    workspace, start_hour, visitor, started, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale, content)
SELECT
    workspace, toStartOfHour(toDateTime(started, 'UTC')) AS start_hour, visitor, started, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale,
    -- With `first`, so that two sessions alike in everything (in one millisecond) are two.
    cityHash64(workspace, visitor, started, first, ended,
    person, events, page_views, revenue, orders,
    hostname, entry_page, exit_page, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
    traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale)
FROM
(
    SELECT
        workspace, visitor, started, first, person,
        hostname, referrer_domain, utm_source, utm_medium, utm_campaign, utm_term, utm_content,
        traffic_source, traffic_medium, channel, campaign_key, device, browser, system, country, locale
    FROM session_pieces FINAL
    PREWHERE (workspace, hour) IN (
        SELECT workspace, hour FROM session_region_hours)
        AND (workspace, visitor) IN (SELECT workspace, visitor FROM session_regions WHERE settled)
) AS e
RIGHT SEMI JOIN
(
    SELECT
        workspace,
        visitor,
        session[1].1 AS started,
        session[1].2 AS first,
        session[-1].3 AS ended,
        arraySum(x -> x.5, session) AS events,
        arraySum(x -> x.6, session) AS page_views,
        arraySum(x -> x.7, session) AS revenue,
        arraySum(x -> x.8, session) AS orders,
        arrayFirst(x -> x.6 > 0, session).9 AS entry_page,
        arrayLast(x -> x.6 > 0, session).10 AS exit_page
    FROM
    (
        SELECT
            workspace,
            visitor,
            arraySort(groupArray((started, first, ended, campaign_key, events, page_views, revenue, orders, entry_page, exit_page))) AS all,
            arrayMap(x -> x.3, all) AS ends,
            arrayMap(x -> x.4, all) AS campaigns,
            arrayMap((x, last) -> x.1 - last >= 1800, all, arrayPushFront(arrayPopBack(ends), ends[1])) AS pauses,
            arrayFill((campaign, pause) -> campaign != '' OR pause, campaigns, pauses) AS in_force
        FROM
        (
            SELECT
                p.workspace AS workspace, p.visitor AS visitor, started, first, ended, campaign_key,
                events, page_views, revenue, orders, entry_page, exit_page
            FROM
            (
                SELECT *
                FROM session_pieces FINAL
                PREWHERE (workspace, hour) IN (
                SELECT workspace, hour FROM session_region_hours)
                    AND (workspace, visitor) IN (SELECT workspace, visitor FROM session_regions WHERE settled)
            ) AS p
            INNER JOIN (SELECT * FROM session_regions WHERE settled) AS r ON p.workspace = r.workspace AND p.visitor = r.visitor
            WHERE toUnixTimestamp64Milli(started) BETWEEN r.begins AND r.ends
        )
        GROUP BY workspace, visitor
    )
    ARRAY JOIN arraySplit(
        (x, pause, before) -> pause OR (x.4 != '' AND x.4 != before),
        all, pauses, arrayPushFront(arrayPopBack(in_force), campaigns[1])) AS session
) AS s USING (workspace, visitor, started, first)
