-- Whose pieces are not what they should be.
INSERT INTO session_changes (workspace, visitor, hour)
WITH
    found AS (SELECT workspace, visitor, hour, content FROM pieces_found),
    kept AS
    (
        SELECT workspace, visitor, hour, content
        FROM session_pieces FINAL
        PREWHERE (workspace, hour) IN (
            SELECT workspace, hour FROM hour_work WHERE list = {list:String} AND chunk = {chunk:UInt32})
            AND visitor % {slices:UInt32} = {slice:UInt32}
    )
SELECT DISTINCT workspace, visitor, hour FROM
(
    SELECT workspace, visitor, hour FROM found WHERE (visitor, content) NOT IN (SELECT visitor, content FROM kept)
    UNION ALL
    SELECT workspace, visitor, hour FROM kept WHERE (visitor, content) NOT IN (SELECT visitor, content FROM found)
)
