-- How many lines were given, how many name nobody, some of those, and how many people are meant.
SELECT
    sum(times) AS lines,
    sumIf(times, NOT named) AS unknown,
    groupArrayIf(10000)(given, NOT named) AS nobody,
    (
        SELECT uniqExact(profile)
        FROM segment_uploads
        WHERE workspace = {workspace:UUID} AND upload = {upload:UUID} AND profile != ''
    ) AS people
FROM
(
    SELECT given, countIf(profile = '') AS times, max(profile) != '' AS named
    FROM segment_uploads
    WHERE workspace = {workspace:UUID} AND upload = {upload:UUID}
    GROUP BY given
)
