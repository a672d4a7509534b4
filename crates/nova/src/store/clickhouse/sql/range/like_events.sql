-- Likes of a range that like_events does not have, or has older.
with own as
(
    select post_id, user_id, least(event_time, received_at) as moment, action = 'like' as likes,
           bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) as rank
    from events
    where action in ('like', 'unlike') and k_epoch = {epoch:UInt32} and k_partition = {partition:UInt16} and k_offset >= {first:UInt64} and k_offset <= {last:UInt64}
),
truth as
(
    select post_id, user_id, argMax(moment, rank) as at, argMax(likes, rank) as liked, max(rank) as version
    from own group by post_id, user_id
),
held as
(
    select post_id, user_id, max(like_events.version) as version
    from like_events where (post_id, user_id) in (select post_id, user_id from own)
    group by post_id, user_id
)
select truth.post_id as post_id, truth.user_id as user_id, truth.at as at, truth.liked as liked, truth.version as version
from truth left join held on held.post_id = truth.post_id and held.user_id = truth.user_id
where held.version < truth.version
