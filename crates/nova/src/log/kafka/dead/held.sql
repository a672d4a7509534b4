SELECT topic, partition, offset, max(epoch) AS epoch
FROM dead_letters
WHERE (topic, partition, offset) IN (/* places */)
GROUP BY topic, partition, offset
