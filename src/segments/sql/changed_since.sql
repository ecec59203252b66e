-- What changed in a workspace since a time of receipt: which attributes, which events, and whether there are new people, links
-- or places.
SELECT
    (
        SELECT groupUniqArray(key) FROM profile_attributes
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')}
    ) AS attributes,
    (
        SELECT groupUniqArray(name) FROM person_events
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')}
    ) AS events,
    (
        SELECT count() FROM (SELECT 1 FROM people
        WHERE workspace = {workspace:UUID} AND known_at >= {since:DateTime64(3, 'UTC')} LIMIT 1)
    ) AS people,
    (
        SELECT count() FROM (SELECT 1 FROM identities
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')} LIMIT 1)
    ) AS links,
    (
        SELECT count() FROM (SELECT 1 FROM profile_places
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')} LIMIT 1)
    ) AS places
