-- Which of some attributes there are. The table is sorted by them, and of two million values only two short columns are read.
SELECT DISTINCT key AS name
FROM profile_attributes
WHERE workspace = {workspace:UUID} AND key IN {names:Array(String)} AND kind != 'null'
