-- As answer.sql, for one user with more rows than fit in memory: everything is grouped, which can spill to disk.
WITH
    attribute_rows AS
    (
        SELECT key, argMax(val, (time, chunk, row)) AS value
        FROM rows
        ARRAY JOIN keys AS key, vals AS val
        WHERE bucket BETWEEN {first:UInt64} AND {last:UInt64} AND kind = 2 AND user = {from:String}
        GROUP BY key
    ),
    event_rows AS
    (
        SELECT name, count() AS times
        FROM
        (
            SELECT name, id
            FROM rows
            WHERE bucket BETWEEN {first:UInt64} AND {last:UInt64} AND kind = 1 AND user = {from:String}
            GROUP BY name, id
        )
        GROUP BY name
    )
SELECT
    concat(
        {from:String}, ',',
        (SELECT arrayStringConcat(arrayMap(
            pair -> concat(replaceAll(pair.1, '\0\xFF', '\0'), '=', pair.2), arraySort(groupArray((toString(key), value)))
        ), ',') FROM attribute_rows),
        ',',
        (SELECT arrayStringConcat(arrayMap(
            pair -> concat(pair.1, '=', toString(pair.2)), arraySort(groupArray((name, times)))
        ), ',') FROM event_rows)
    ),
    1,
    (SELECT count() FROM attribute_rows),
    (SELECT sum(times) FROM event_rows)
FORMAT TSVRaw
