-- What the people of each location are worth: how many they are, what they are said to have spent in all, and what they ordered
-- since. `places` and `locations` go together: what a place means. Somebody who belongs to two counts at both.
WITH
    members AS MATERIALIZED
    (
        SELECT DISTINCT
            arrayElement({locations:Array(String)}, indexOf({places:Array(String)}, place)) AS location,
            person
        FROM profile_places FINAL
        WHERE workspace = {workspace:UUID} AND place IN {places:Array(String)} AND belongs
    )
SELECT
    location,
    count() AS people,
    sum(worth.number) AS lifetime_value,
    sum(bought.orders) AS orders,
    sum(bought.revenue) AS revenue
FROM members
LEFT JOIN
(
    SELECT person, ifNull(number, 0) AS number
    FROM profile_attributes FINAL
    PREWHERE person IN (SELECT person FROM members)
    WHERE workspace = {workspace:UUID} AND key = 'lifetime_value'
) AS worth ON members.person = worth.person
LEFT JOIN
(
    SELECT
        person,
        count() AS orders,
        sum(if(JSONHas(properties, 'revenue'), JSONExtractFloat(properties, 'revenue'), JSONExtractFloat(properties, 'total'))) AS revenue
    FROM person_events FINAL
    PREWHERE person IN (SELECT person FROM members)
    WHERE workspace = {workspace:UUID} AND name = 'Order Completed' AND time >= {since:DateTime64(3, 'UTC')}
    GROUP BY person
) AS bought ON members.person = bought.person
GROUP BY location
SETTINGS enable_materialized_cte = 1
