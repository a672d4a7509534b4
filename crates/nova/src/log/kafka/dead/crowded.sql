-- first what was put back, then the oldest
SELECT topic, partition, offset, requeued_at IS NULL AS waiting
FROM dead_letters FINAL
ORDER BY waiting, buried_at, topic, partition, offset
LIMIT {limit:UInt64}
