-- What people have for their store location, however it is written, and how many have it so; most first.
SELECT min(written) AS spelling, count() AS people
FROM
(
    SELECT trimBoth(text) AS written
    FROM profile_values
    WHERE workspace = {workspace:UUID} AND key = 'store_location'
)
WHERE written != ''
GROUP BY lowerUTF8(written)
ORDER BY people DESC, spelling
LIMIT 10000
