-- The greatest offset that is known, and one more: 0 where none is.
select max(next) as next
from
(
    select if(count() = 0, 0, max(last_offset) + 1) as next
    from ingest_batches
    where topic = {topic:String} and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
    union all
    select if(count() = 0, 0, max(k_offset) + 1) as next
    from events
    where {topic:String} = 'events' and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
)
