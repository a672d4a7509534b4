-- What was seen by a range and user_seen_7d does not have, or has older. What is about to expire is left alone.
with truth as
(
    select user_id, post_id, max(event_time) as at
    from events
    where action in ('impression', 'view', 'dwell', 'served') and event_time >= now() - interval 7 day
      and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
    group by user_id, post_id
),
held as
(
    select user_id, post_id, max(seen_at) as at
    from user_seen_7d where (user_id, post_id) in (select user_id, post_id from truth)
    group by user_id, post_id
)
select truth.user_id as user_id, truth.post_id as post_id, truth.at as seen_at
from truth left join held on held.user_id = truth.user_id and held.post_id = truth.post_id
where held.at < truth.at
