-- The engine's clock, which hour_marks.touched is of.
SELECT toUnixTimestamp64Milli(now64(3, 'UTC')) AS now
