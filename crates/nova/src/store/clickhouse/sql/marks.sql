-- By epoch and offset; those of one place together, so that a page ends between places.
select user_id, event_id, k_epoch, k_offset, received_at
from events
where k_partition = {partition:UInt16} and received_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  and (k_epoch > {epoch:UInt32} or k_epoch = {epoch:UInt32} and k_offset >= {from:UInt64})
order by k_epoch, k_offset
limit {limit:UInt64} with ties
