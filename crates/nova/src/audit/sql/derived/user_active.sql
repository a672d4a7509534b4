select truth.user_id as user_id, truth.at as at
from
(
    select user_id, max(event_time) as at
    from events
    where action != 'served' and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id
) as truth
left join
(
    select user_id, max(user_active.at) as at
    from user_active
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id
) as held on held.user_id = truth.user_id
where held.at < truth.at
