-- Tables and views of the processing's steps that another version made; views first.
SELECT name
FROM system.tables
WHERE database = currentDatabase()
    AND match(name, '^(messages_to_)?(parsed|described|attributed)_v[0-9]+$')
    AND NOT endsWith(name, {present:String})
ORDER BY name LIKE 'messages_to_%' DESC, name
