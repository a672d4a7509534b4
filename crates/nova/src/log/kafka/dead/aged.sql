SELECT topic, partition, offset, requeued_at IS NULL AS waiting
FROM dead_letters FINAL
WHERE buried_at < fromUnixTimestamp64Micro({before:Int64}, 'UTC')
ORDER BY buried_at
LIMIT {limit:UInt64}
