select truth.user_id as user_id, truth.post_id as post_id, truth.at as at
from
(
    select user_id, post_id, max(least(event_time, received_at)) as at
    from events
    where action = 'hide' and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, post_id
) as truth
left join
(
    select user_id, post_id, max(hide_events.at) as at
    from hide_events
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, post_id
) as held on held.user_id = truth.user_id and held.post_id = truth.post_id
where held.at < truth.at
