-- Entering and leaving are events others can use: one message for each change of a computation. Everything
-- in it, the message id above all, comes from the change itself, so announcing twice counts once.
SELECT
    workspace,
    time,
    toDateTime64(0, 3, 'UTC'),
    concat('segment:', toString(segment)),
    concat(
        '{"type":"track","event":"', if(change = 'entered', 'Segment Entered', 'Segment Left'),
        '","messageId":', toJSONString(concat('segment:', toString(segment), ':', toString(version), ':', profile)),
        ',"userId":', toJSONString(profile),
        ',"timestamp":"', formatDateTime(time, '%Y-%m-%dT%H:%i:%S', 'UTC'), '.',
        leftPad(toString(toUnixTimestamp64Milli(time) % 1000), 3, '0'), 'Z"',
        ',"properties":{"segment_id":"', toString(segment), '","segment_name":', toJSONString({name:String}), '}}')
FROM
(
    SELECT DISTINCT workspace, segment, version, profile, change, time
    FROM segment_changes
    WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version = {version:UInt32}
)
