SELECT toUnixTimestamp64Milli(max(received_at)) AS received_at FROM messages
