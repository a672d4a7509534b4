delete from dead_letters where (topic, partition, offset) in (/* places */)
