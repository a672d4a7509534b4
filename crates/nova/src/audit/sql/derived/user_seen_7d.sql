select truth.user_id as user_id, truth.post_id as post_id, truth.at as seen_at
from
(
    select user_id, post_id, max(event_time) as at
    from events
    where action in ('impression', 'view', 'dwell', 'served') and event_time >= fromUnixTimestamp64Micro({week:Int64}, 'UTC')
      and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, post_id
) as truth
left join
(
    select user_id, post_id, max(seen_at) as at
    from user_seen_7d
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, post_id
) as held on held.user_id = truth.user_id and held.post_id = truth.post_id
where held.at < truth.at
