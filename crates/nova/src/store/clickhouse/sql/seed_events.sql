-- One row an offset; a page goes on behind its last.
select user_id, event_id, post_id, toInt8(action) as action, dwell_ms, event_time, received_at, k_offset
from events
where k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16}
    and k_offset >= {from:UInt64} and k_offset < {next:UInt64}
order by k_offset
limit {limit:UInt64}
