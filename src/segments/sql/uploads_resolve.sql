-- Who is meant by each text that was given: by an id the person it belongs to now, by any other text everybody who has it
-- as e-mail address now, whichever way it is written.
INSERT INTO segment_uploads (workspace, upload, given, profile)
WITH
    asked AS
    (
        SELECT DISTINCT given
        FROM segment_uploads
        WHERE workspace = {workspace:UUID} AND upload = {upload:UUID} AND profile = ''
    ),
    links AS
    (
        SELECT from_id, to_id
        FROM identity_links
        WHERE workspace = {workspace:UUID}
    ),
    known AS
    (
        SELECT given AS id
        FROM asked
        WHERE given IN
            (
                SELECT profile
                FROM people
                WHERE workspace = {workspace:UUID} AND person IN (SELECT sipHash64(given) FROM asked)
            )
           OR given IN (SELECT to_id FROM links)
    )
SELECT {workspace:UUID}, {upload:UUID}, known.id, if(links.to_id != '', links.to_id, known.id)
FROM known
LEFT ANY JOIN links ON known.id = links.from_id
UNION ALL
SELECT {workspace:UUID}, {upload:UUID}, address.given, person.profile
FROM
(
    SELECT lowerUTF8(trim(text)) AS email, profile
    FROM profile_values
    WHERE workspace = {workspace:UUID} AND key = 'email'
) AS person
INNER JOIN
(
    SELECT lowerUTF8(given) AS email, given
    FROM asked
    WHERE given LIKE '%@%' AND given NOT IN (SELECT id FROM known)
) AS address ON person.email = address.email
