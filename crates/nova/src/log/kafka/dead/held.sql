select topic, partition, offset, max(epoch) as epoch
from dead_letters
where (topic, partition, offset) in (/* places */)
group by topic, partition, offset
