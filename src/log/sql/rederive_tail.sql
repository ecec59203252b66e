-- Runs every view over the end of the log again.
INSERT INTO incoming (workspace, received_at, sent_at, source, country, user_agent, ip, message)
SELECT workspace, received_at, sent_at, source, country, user_agent, ip, message
FROM messages
WHERE received_at >= {since:DateTime64(3, 'UTC')}
