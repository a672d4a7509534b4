select topic, partition, offset, epoch, reason, detail, key, value, headers, received_at, buried_at, requeued_at, version
from dead_letters final
where (topic, partition, offset) in (/* places */)
order by buried_at desc, topic desc, partition desc, offset desc
