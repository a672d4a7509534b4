select truth.post_id as post_id, truth.user_id as user_id, truth.at as at, truth.liked as liked, truth.version as version
from
(
    select post_id, user_id, argMax(moment, rank) as at, argMax(likes, rank) as liked, max(rank) as version
    from
    (
        select post_id, user_id, least(event_time, received_at) as moment, action = 'like' as likes,
               bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) as rank
        from events
        where action in ('like', 'unlike') and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    )
    group by post_id, user_id
) as truth
left join
(
    select post_id, user_id, max(like_events.version) as version, argMax(like_events.liked, like_events.version) as liked
    from like_events
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by post_id, user_id
) as held on held.post_id = truth.post_id and held.user_id = truth.user_id
where held.version < truth.version or (held.version = truth.version and held.liked != truth.liked)
