-- How many visitors' sessions reach further than was looked.
SELECT count() AS visitors FROM session_regions WHERE reach = {reach:UInt32} AND NOT settled
