-- By offset; those of one offset (of several epochs) together, so that a page ends between offsets.
select user_id, event_id, k_offset, received_at
from events
where k_partition = {partition:UInt16} and received_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  and k_offset >= {from:UInt64}
order by k_offset
limit {limit:UInt64} with ties
