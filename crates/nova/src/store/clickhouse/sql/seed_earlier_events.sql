-- A day of them, in the order they are stored in: their offsets are of logs that are gone, and of imports that each
-- begin anew.
select user_id, event_id, post_id, toInt8(action) as action, dwell_ms, event_time, received_at, k_offset
from events
where k_epoch < {epoch:UInt32} and toYYYYMMDD(received_at) = {day:UInt32}
    and ({first:UInt8} or (user_id, event_id) > ({user:UInt128}, {event:UInt128}))
order by user_id, event_id
limit {limit:UInt64}
