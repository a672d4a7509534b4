-- the places first: what the letters hold may be large
select topic, partition, offset
from dead_letters final
where (buried_at, topic, partition, offset)
    < (fromUnixTimestamp64Micro({at:Int64}, 'UTC'), {topic:String}, {partition:UInt16}, {offset:UInt64})
order by buried_at desc, topic desc, partition desc, offset desc
limit {limit:UInt64}
