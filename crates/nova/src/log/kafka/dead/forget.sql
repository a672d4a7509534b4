DELETE FROM dead_letters WHERE (topic, partition, offset) IN (/* places */)
