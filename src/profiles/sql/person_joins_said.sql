-- The messages that joined a person's ids, of those that are no events (identify, alias, group). Looked for where they
-- arrived when they were said, since the log is sorted by arrival: nothing else of it is read than the times. With
-- `anywhere` they are looked for in all of it; whoever asks so says how many rows may be read at most.
SELECT toString(sipHash64(said.messageId, said.userId)) AS made_by, said.messageId AS message_id, said.type AS type, source
FROM
(
    SELECT JSONExtract(message, 'Tuple(type String, messageId String, userId String)') AS said, source
    FROM messages
    PREWHERE workspace = {workspace:UUID}
        AND received_at >= {first:DateTime64(3,'UTC')} AND received_at <= {last:DateTime64(3,'UTC')}
        AND ({anywhere:Bool} OR arrayExists(
            since -> received_at >= since - INTERVAL 5 MINUTE AND received_at <= since + INTERVAL 1 HOUR,
            {since:Array(DateTime64(3,'UTC'))}))
    WHERE multiSearchAny(message, {from_ids:Array(String)})
)
WHERE made_by IN {made_by:Array(String)}
