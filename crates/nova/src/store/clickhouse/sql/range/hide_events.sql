-- Hidden posts of a range that hide_events does not have, or has older.
with truth as
(
    select user_id, post_id, max(least(event_time, received_at)) as at
    from events
    where action = 'hide' and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
    group by user_id, post_id
),
held as
(
    select user_id, post_id, max(hide_events.at) as at
    from hide_events where (user_id, post_id) in (select user_id, post_id from truth)
    group by user_id, post_id
)
select truth.user_id as user_id, truth.post_id as post_id, truth.at as at
from truth left join held on held.user_id = truth.user_id and held.post_id = truth.post_id
where held.at < truth.at
