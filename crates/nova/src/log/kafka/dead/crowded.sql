-- first what was put back, then the oldest
select topic, partition, offset, requeued_at is null as waiting
from dead_letters final
order by waiting, buried_at, topic, partition, offset
limit {limit:UInt64}
