select topic, partition, offset, requeued_at is null as waiting
from dead_letters final
where buried_at < fromUnixTimestamp64Micro({before:Int64}, 'UTC')
order by buried_at
limit {limit:UInt64}
