-- Reads a chunk. simdjson reads the values; whether it and JSON.parse understand the line alike is proved from the
-- line's text, and lines where it is not are kept as they stand (kind 0) for `readActivity`. What has to be proved:
-- no name stands twice, a text is a text and not a number, and a number is printed as it stands in the line.
-- Comparing at a known place costs a tenth of searching for a text that differs from line to line. One subquery a
-- step: as aliases of one SELECT the same took 1.9 s to analyse, for each chunk.
INSERT INTO rows (chunk, row, kind, user, name, id, time, keys, vals, line)
WITH
    fields AS
    (
        SELECT
            line,
            rowNumberInAllBlocks() AS row,
            JSONExtract(line, 'Tuple(id String, type String, name String, user_id String, timestamp String)') AS field,
            position(line, '\\') = 0 AS unescaped
        FROM file({path:String}, 'LineAsString', 'line String')
    ),
    typed AS
    (
        SELECT
            line, row, unescaped,
            field.type AS type,
            type = 'event' AS is_event,
            type = 'attributes' AS is_attributes,
            field.id AS id,
            field.user_id AS user,
            field.name AS name,
            field.timestamp AS stamp,
            toString(toInt64OrZero(id)) = id AS id_digits,
            toString(toInt64OrZero(user)) = user AS user_digits,
            -- The timestamp: integers of up to 15 digits, and ISO 8601 in UTC with 0, 3 or 6 decimals.
            toInt64OrZero(stamp) AS number,
            toString(number) = stamp AND length(stamp) <= 15 AS is_number,
            translate(stamp, '0123456789', '0000000000') IN
                ('0000-00-00T00:00:00Z', '0000-00-00T00:00:00.000Z', '0000-00-00T00:00:00.000000Z') AS looks_iso,
            parseDateTime64BestEffortOrZero(if(looks_iso, stamp, ''), 6, 'UTC') AS instant,
            looks_iso AND substring(toString(instant), 1, 19) = replaceOne(substring(stamp, 1, 19), 'T', ' ') AS is_iso
        FROM fields
    ),
    found AS
    (
        SELECT
            line, row, unescaped, is_event, is_attributes, id, user, name, is_number, is_iso, id_digits, user_digits,
            multiIf(
                is_iso, toUnixTimestamp64Micro(instant),
                number * if(abs(number) < 100000000000, 1000000, 1000)
            ) AS time,
            if(is_number, stamp, concat('"', stamp, '"')) AS stamp_json,
            concat('"', user, '"') AS user_json,
            concat('"', id, '"') AS id_json,
            concat('"', name, '"') AS name_json,
            substring(line, position(line, '"user_id":') + 10, length(user_json)) AS user_there,
            substring(line, position(line, '"id":') + 5, length(id_json)) AS id_there,
            substring(line, position(line, '"name":') + 7, length(name_json)) AS name_there,
            substring(line, position(line, '"timestamp":') + 12, length(stamp_json) + 1) AS stamp_there,
            concat(
                '{"id":', id_json, ',"type":"', type, '",',
                if(is_event, concat('"name":', name_json, ','), ''),
                if(user = '', '', concat('"user_id":', user_json))
            ) AS beginning
        FROM typed
    ),
    -- Proof one, names in any order: in a line without a backslash "user_id" in quotes can only be a name or a whole
    -- value; if it is there once it is the name, and what stands behind it is its value.
    once AS
    (
        SELECT
            *,
            unescaped
                AND startsWith(line, '{')
                AND countSubstrings(line, '"type"') = 1
                AND countSubstrings(line, '"user_id"') <= 1
                AND (user = '' OR user_there = user_json OR (
                    user_digits
                    AND startsWith(user_there, user)
                    AND substring(user_there, length(user) + 1, 1) IN (',', '}')
                ))
                AND if(
                    is_event,
                    countSubstrings(line, '"id"') = 1
                        AND countSubstrings(line, '"name"') = 1
                        AND name_there = name_json
                        AND (id_there = id_json OR (
                            id_digits
                            AND startsWith(id_there, id)
                            AND substring(id_there, length(id) + 1, 1) IN (',', '}')
                        )),
                    countSubstrings(line, '"data"') = 1
                        AND countSubstrings(line, '"timestamp"') = 1
                        AND stamp_there IN (concat(stamp_json, ','), concat(stamp_json, '}'))
                ) AS is_proved_once
        FROM found
    ),
    -- Proof two, for lines with those names elsewhere or with backslashes: it begins, and for attributes ends, exactly
    -- as written from the values, and no name stands twice.
    proofs AS
    (
        SELECT
            *,
            JSONExtractKeys(if(is_proved_once, '', line)) AS names,
            is_proved_once
                OR (startsWith(line, beginning)
                    AND position(id, '"') = 0 AND position(id, '\\') = 0
                    AND position(name, '"') = 0 AND position(name, '\\') = 0
                    AND position(user, '"') = 0 AND position(user, '\\') = 0
                    AND arrayUniq(names) = length(names)
                    AND (is_event OR endsWith(line, concat(',"timestamp":', stamp_json, '}')))) AS proved
        FROM once
    ),
    -- Values as the engine prints them: texts in quotes, the rest bare. By their first character, numbers are from
    -- '-' to before ':', lists '[', objects '{'.
    data AS
    (
        SELECT
            line, row, unescaped, is_event, is_attributes, id, user, name, is_number, is_iso, time, proved,
            JSONExtractKeysAndValuesRaw(if(is_attributes AND proved, line, ''), 'data') AS pairs,
            pairs.1 AS keys,
            pairs.2 AS raws,
            -- The engine prints 1.50 as 1.5 and -0 as 0: where there may be such a number, its text is in the line.
            match(
                if(arrayExists(raw -> raw >= '-' AND raw < ':', raws), line, ''), ':\\s*-?[0-9]+[.eE]|:\\s*-0'
            ) AS has_odd_number,
            -- It also escapes U+2028 and U+2029 (E2 80 A8, E2 80 A9).
            has_odd_number OR NOT unescaped OR position(line, '\xE2\x80') > 0 AS is_hard
        FROM proofs
    ),
    texts AS
    (
        SELECT
            *,
            if(is_hard, raws, []) AS hard_raws,
            if(is_hard, keys, []) AS hard_keys,
            arrayMap(
                (raw, key, source) -> multiIf(
                    startsWith(raw, '"'), JSONExtractString(raw),
                    source != '' AND raw >= '-' AND raw < ':', if(
                        countSubstrings(source, concat('"', key, '"')) = 1
                            AND position(source, concat('"', key, '":')) > 0,
                        extract(
                            substring(source, position(source, concat('"', key, '":')) + length(key) + 3, 64),
                            '^-?[0-9][-+0-9.eE]*'
                        ),
                        ''
                    ),
                    raw
                ),
                hard_raws, hard_keys, arrayWithConstant(length(hard_raws), if(has_odd_number, line, ''))
            ) AS hard_vals,
            arrayMap(
                raw -> if(startsWith(raw, '"'), substring(raw, 2, length(raw) - 2), raw), if(is_hard, [], raws)
            ) AS plain_vals
        FROM data
    ),
    kinds AS
    (
        SELECT
            *,
            notEmpty(pairs)
                AND arrayUniq(keys) = length(keys)
                AND NOT arrayExists(raw -> (raw >= '[' AND raw < '\\') OR raw >= '{', raws)
                AND (NOT has_odd_number OR (unescaped AND NOT arrayExists(
                    (raw, text) -> raw >= '-' AND raw < ':' AND (text = '' OR length(text) = 64), hard_raws, hard_vals
                ))) AS values_proved,
            multiIf(
                is_event AND proved AND id != '' AND name != '', if(user = '', 3, 1),
                is_attributes AND proved AND (is_number OR is_iso) AND values_proved, if(user = '', 3, 2),
                0
            ) AS kind
        FROM texts
    )
SELECT
    {chunk:UInt32},
    row,
    kind,
    if(kind IN (1, 2), user, ''),
    if(kind = 1, name, ''),
    sipHash128(if(kind = 1, id, '')),
    if(kind = 2, time, 0),
    -- A NUL in a name is written NUL 0xFF, so that NUL 0x01 can end it (see answer.sql).
    CAST(
        if(kind = 2, if(is_hard, arrayMap(key -> replaceAll(key, '\0', '\0\xFF'), hard_keys), keys), []),
        'Array(LowCardinality(String))'
    ),
    if(kind = 2, if(is_hard, hard_vals, plain_vals), []),
    if(kind = 0, line, '')
FROM kinds
