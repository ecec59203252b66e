-- What happened in the hours of a chunk, by name.
INSERT INTO metric_hours (workspace, hour, name, type, by_rapport, events, page_views, revenue, orders, version)
SELECT
    workspace,
    hour,
    name,
    type,
    by_rapport,
    count(),
    countIf(type IN ('page', 'screen')),
    sum(revenue),
    countIf(name = 'Order Completed'),
    {version:UInt64}
FROM events_by_person
PREWHERE version = {version:UInt64}
WHERE (workspace, toDate(hour)) IN (
    SELECT workspace, toDate(hour) FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
GROUP BY workspace, hour, name, type, by_rapport
