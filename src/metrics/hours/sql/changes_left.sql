-- How many hours of visitors have pieces whose sessions are not put together yet.
SELECT count() AS changes FROM session_changes
