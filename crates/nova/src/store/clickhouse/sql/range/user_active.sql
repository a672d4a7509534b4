-- Who did something in a range that user_active does not have, or has older.
with truth as
(
    select user_id, max(event_time) as at
    from events
    where action != 'served' and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
    group by user_id
),
held as
(
    select user_id, max(user_active.at) as at
    from user_active where user_id in (select user_id from truth)
    group by user_id
)
select truth.user_id as user_id, truth.at as at
from truth left join held on held.user_id = truth.user_id
where held.at < truth.at
