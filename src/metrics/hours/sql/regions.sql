-- How far around the changed hours of a visitor sessions may change: back over the pieces that follow each other within
-- 30 minutes and end within 30 minutes of the first changed hour, and forward likewise. Looks `reach` hours around; who
-- reaches that far is not settled, and is asked again with more.
INSERT INTO session_regions (reach, workspace, visitor, begins, ends, settled)
WITH
    toInt64(3600000) AS an_hour,
    toInt64(1800000) AS pause,
    toInt64({reach:UInt32}) * an_hour AS sight,
    changed AS
    (
        SELECT workspace, visitor, toInt64(toUnixTimestamp(min(hour))) * 1000 AS first, toInt64(toUnixTimestamp(max(hour))) * 1000 + an_hour AS last
        FROM session_changes
        WHERE {reached:UInt32} = 0
            OR (workspace, visitor) IN (SELECT workspace, visitor FROM session_regions WHERE reach = {reached:UInt32} AND NOT settled)
        GROUP BY workspace, visitor
    ),
    around AS
    (
        SELECT workspace, toDateTime(intDiv(arrayJoin(arrayConcat(
            range(greatest(first - sight, 0), first, an_hour), range(last, last + sight, an_hour))), 1000), 'UTC') AS hour
        FROM (SELECT DISTINCT workspace, first, last FROM changed)
    )
SELECT
    {reach:UInt32},
    workspace,
    visitor,
    if(linked_before = 0, first, before[linked_before].1) AS begins,
    if(linked_after = 0, last, after[linked_after].2) AS ends,
    (linked_before < length(before) OR begins >= first - sight + pause)
        AND (linked_after < length(after) OR ends <= last + sight - pause) AS settled
FROM
(
    SELECT
        c.workspace AS workspace,
        c.visitor AS visitor,
        any(c.first) AS first,
        any(c.last) AS last,
        arrayReverseSort(groupArrayIf((p.started, p.ended), p.known AND p.started < c.first)) AS before,
        arraySort(groupArrayIf((p.started, p.ended), p.known AND p.started >= c.last)) AS after,
        -- How many pieces hang together, counted from the changed hours outwards.
        arrayFirstIndex((piece, next) -> next - piece.2 >= pause, before, arrayPopBack(arrayPushFront(arrayMap(x -> x.1, before), first))) AS apart_before,
        if(apart_before = 0, length(before), apart_before - 1) AS linked_before,
        arrayFirstIndex((piece, last_end) -> piece.1 - last_end >= pause, after, arrayPopBack(arrayPushFront(arrayMap(x -> x.2, after), last))) AS apart_after,
        if(apart_after = 0, length(after), apart_after - 1) AS linked_after
    FROM changed AS c
    LEFT JOIN
    (
        SELECT workspace, visitor, toUnixTimestamp64Milli(started) AS started, toUnixTimestamp64Milli(ended) AS ended, true AS known
        FROM session_pieces FINAL
        PREWHERE (workspace, hour) IN (SELECT workspace, hour FROM around)
            AND (workspace, visitor) IN (SELECT workspace, visitor FROM changed)
    ) AS p ON c.workspace = p.workspace AND c.visitor = p.visitor
    GROUP BY workspace, visitor
)
