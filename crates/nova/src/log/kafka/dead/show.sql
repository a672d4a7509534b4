SELECT topic, partition, offset, epoch, reason, detail, key, value, received_at, buried_at, requeued_at, version
FROM dead_letters FINAL
WHERE (topic, partition, offset) IN (/* places */)
ORDER BY buried_at DESC, topic DESC, partition DESC, offset DESC
