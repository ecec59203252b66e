-- Of an event: the page, what referred to it, how its address was tagged, and with what it was seen.
--
-- A function of a LowCardinality column runs once for each distinct value of a block and not for each row, so the
-- expensive ones work on domains and user agents made so.
WITH
    if(m.properties.url != '', m.properties.url, m.context.page.url) AS page_url,
    if(m.properties.referrer != '', m.properties.referrer, m.context.page.referrer) AS page_referrer,
    position(page_url, 'utm_') > 0 AS tagged,
    toLowCardinality(leftUTF8(lower(domain(page_url)), 200)) AS host,
    toLowCardinality(leftUTF8(lower(domainWithoutWWW(page_referrer)), 200)) AS from_domain,
    cutToFirstSignificantSubdomain(from_domain) AS from_site,
    -- One's own: another name below the same domain too, but where strangers share it.
    from_domain = domainWithoutWWW(host) OR (from_site = cutToFirstSignificantSubdomain(host) AND from_site NOT IN (
        'google.com', 'github.io', 'gitlab.io', 'myshopify.com', 'blogspot.com', 'wordpress.com', 'substack.com', 'medium.com', 'tumblr.com',
        'netlify.app', 'vercel.app', 'pages.dev', 'web.app', 'herokuapp.com', 'amazonaws.com', 'azurewebsites.net', 'wixsite.com')) AS own,
    -- Engines with a domain in each country. docs.google.com is none, nor is mail.yahoo.com.
    extract(from_domain, '^(?:(?:m|images|news|cse|encrypted|search|r|wap|html|lite|[a-z]{2})\\.)*(google|bing|yahoo|yandex|baidu|duckduckgo|naver|daum|seznam|aol)\\.(?:com?\\.)?[a-z]{2,3}$') AS engine,
    if(m.context.location.country != '', m.context.location.country, country) AS land,
    -- Apps say their system and model; what a browser says of itself is read in `attributed`.
    trimBoth(concat(m.context.os.name, ' ', m.context.device.model, ' ', m.context.device.type)) AS app
SELECT
    workspace,
    received_at,
    source,
    stated,
    time,
    body,
    m,
    page_url AS url,
    host AS hostname,
    page_referrer AS referrer,
    if(own, '', from_domain) AS referrer_domain,
    multiIf(
        own OR from_domain = '', '',
        engine != '', engine,
        transform(from_domain,
            ['com.google.android.googlequicksearchbox', 'com.google.android.gm', 'com.facebook.katana', 'com.instagram.android', 'com.linkedin.android',
             'com.twitter.android', 'com.reddit.frontpage', 'com.pinterest', 'org.telegram.messenger', 'com.google.android.youtube', 'e.mail.ru'],
            ['google', 'mail.google.com', 'facebook.com', 'instagram.com', 'linkedin.com',
             'x.com', 'reddit.com', 'pinterest.com', 'telegram.org', 'youtube.com', 'mail.e.mail.ru'],
        transform(from_site,
            ['facebook.com', 'fb.com', 'fb.me', 'messenger.com', 'instagram.com', 't.co', 'twitter.com', 'linkedin.com', 'lnkd.in', 'reddit.com', 'redd.it',
             'youtube.com', 'youtu.be', 'pinterest.com', 'pin.it', 'pinterest.co.uk', 'pinterest.de', 'pinterest.fr', 'pinterest.es', 'pinterest.it', 'pinterest.ca',
             'pinterest.com.au', 'pinterest.jp', 'pinterest.com.mx', 'pinterest.at', 'pinterest.ch', 'pinterest.pt', 'tiktok.com', 'snapchat.com', 'wa.me', 'whatsapp.com',
             't.me', 'telegram.org', 'telegram.me', 'vk.com', 'ok.ru', 'weibo.com', 'weibo.cn', 'quora.com', 'tumblr.com', 'threads.net', 'threads.com', 'bsky.app',
             'discord.com', 'discordapp.com', 'twitch.tv', 'vimeo.com', 'nextdoor.com', 'xing.com', 'ycombinator.com', 'line.me', 'mastodon.social',
             'ecosia.org', 'qwant.com', 'startpage.com', 'brave.com', 'ask.com', 'sogou.com', 'so.com', 'ya.ru', 'kagi.com', 'mojeek.com', 'swisscows.com', 'coccoc.com', 'rambler.ru'],
            ['facebook.com', 'facebook.com', 'facebook.com', 'facebook.com', 'instagram.com', 'x.com', 'x.com', 'linkedin.com', 'linkedin.com', 'reddit.com', 'reddit.com',
             'youtube.com', 'youtube.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com',
             'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'pinterest.com', 'tiktok.com', 'snapchat.com', 'whatsapp.com', 'whatsapp.com',
             'telegram.org', 'telegram.org', 'telegram.org', 'vk.com', 'ok.ru', 'weibo.com', 'weibo.com', 'quora.com', 'tumblr.com', 'threads.net', 'threads.net', 'bsky.app',
             'discord.com', 'discord.com', 'twitch.tv', 'vimeo.com', 'nextdoor.com', 'xing.com', 'news.ycombinator.com', 'line.me', 'mastodon.social',
             'ecosia', 'qwant', 'startpage', 'brave', 'ask', 'sogou', 'so.com', 'yandex', 'kagi', 'mojeek', 'swisscows', 'coccoc', 'rambler'],
            from_domain))) AS referrer_site,
    toLowCardinality(leftUTF8(multiIf(m.properties.utm_source != '', m.properties.utm_source, m.context.campaign.source != '', m.context.campaign.source,
        tagged, toValidUTF8(decodeURLFormComponent(extractURLParameter(page_url, 'utm_source'))), ''), 200)) AS utm_source,
    toLowCardinality(leftUTF8(multiIf(m.properties.utm_medium != '', m.properties.utm_medium, m.context.campaign.medium != '', m.context.campaign.medium,
        tagged, toValidUTF8(decodeURLFormComponent(extractURLParameter(page_url, 'utm_medium'))), ''), 200)) AS utm_medium,
    toLowCardinality(leftUTF8(multiIf(m.properties.utm_campaign != '', m.properties.utm_campaign, m.context.campaign.name != '', m.context.campaign.name,
        tagged, toValidUTF8(decodeURLFormComponent(extractURLParameter(page_url, 'utm_campaign'))), ''), 200)) AS utm_campaign,
    toLowCardinality(leftUTF8(multiIf(m.properties.utm_term != '', m.properties.utm_term, m.context.campaign.term != '', m.context.campaign.term,
        tagged, toValidUTF8(decodeURLFormComponent(extractURLParameter(page_url, 'utm_term'))), ''), 200)) AS utm_term,
    toLowCardinality(leftUTF8(multiIf(m.properties.utm_content != '', m.properties.utm_content, m.context.campaign.content != '', m.context.campaign.content,
        tagged, toValidUTF8(decodeURLFormComponent(extractURLParameter(page_url, 'utm_content'))), ''), 200)) AS utm_content,
    -- The name of the first click id in the address; what its value is matters to nobody here.
    toLowCardinality(extract(page_url, '[?&#](gclid|gbraid|wbraid|gclsrc|dclid|msclkid|yclid|ttclid|twclid|li_fat_id|ScCid|rdt_cid|tblci|fbclid|igshid|igsh|epik|irclickid|cjevent|awc|ranSiteID|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|_kx)=[^&#]')) AS click,
    if(m.context.userAgent != '', m.context.userAgent, user_agent) AS agent,
    app != '' AS is_app,
    if(app != '', app, agent) AS appliance,
    multiIf(
        match(land, '^[A-Za-z]{2}$'), upper(land),
        transform(lower(land),
            ['united states', 'united states of america', 'usa', 'united kingdom', 'great britain', 'germany', 'france', 'spain', 'italy', 'netherlands', 'belgium',
             'switzerland', 'austria', 'poland', 'portugal', 'sweden', 'norway', 'denmark', 'finland', 'ireland', 'canada', 'mexico', 'brazil', 'argentina', 'australia',
             'new zealand', 'japan', 'south korea', 'china', 'india', 'singapore', 'israel', 'turkey', 'ukraine', 'russia', 'south africa'],
            ['US', 'US', 'US', 'GB', 'GB', 'DE', 'FR', 'ES', 'IT', 'NL', 'BE', 'CH', 'AT', 'PL', 'PT', 'SE', 'NO', 'DK', 'FI', 'IE', 'CA', 'MX', 'BR', 'AR', 'AU',
             'NZ', 'JP', 'KR', 'CN', 'IN', 'SG', 'IL', 'TR', 'UA', 'RU', 'ZA'],
            '')) AS country
FROM parsed
WHERE m.type IN ('track', 'page', 'screen')
