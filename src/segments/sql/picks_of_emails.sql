-- Who has each of these e-mail addresses (in lower case) now: everybody who does, when several share one.
SELECT lowerUTF8(trim(text)) AS given, profile
FROM profile_values
WHERE workspace = {workspace:UUID} AND key = 'email' AND given IN {emails:Array(String)}
