-- A person's orders. An order told twice under one order id is one, and counts with the revenue told last.
SELECT
    count() AS count,
    sum(total) AS revenue,
    toUnixTimestamp64Milli(min(begun)) AS first,
    toUnixTimestamp64Milli(max(begun)) AS last,
    arraySort(groupUniqArrayIf(money, money != '')) AS currencies
FROM
(
    SELECT
        argMax(revenue, (time, message_id)) AS total,
        argMax(currency, (time, message_id)) AS money,
        min(time) AS begun
    FROM events FINAL
    WHERE workspace = {workspace:UUID}
      AND (hour, name) IN
      (
          SELECT hour, name FROM person_events
          WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(arrayJoin({ids:Array(String)})))
      )
      AND if(user_id != '', user_id, anonymous_id) IN {ids:Array(String)}
      AND name = 'Order Completed'
    GROUP BY order_id, if(order_id = '', message_id, '')
)
HAVING count > 0
