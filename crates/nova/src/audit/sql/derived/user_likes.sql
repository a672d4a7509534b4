select truth.user_id as user_id, truth.post_id as post_id, truth.side as side, truth.at as at, truth.liked as liked,
       truth.version as version
from
(
    select user_id, post_id, side, argMax(moment, rank) as at, argMax(likes, rank) as liked, max(rank) as version
    from
    (
        select user_id, post_id, 'event' as side, least(event_time, received_at) as moment, action = 'like' as likes,
               bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) as rank
        from events
        where action in ('like', 'unlike') and cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
        union all
        select user_id, post_id, 'row', committed_at, not _deleted, _rank
        from likes_cdc
        where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    )
    group by user_id, post_id, side
) as truth
left join
(
    select user_id, post_id, toString(user_likes.side) as side, max(user_likes.version) as version,
           argMax(user_likes.liked, user_likes.version) as liked
    from user_likes
    where cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    group by user_id, post_id, side
) as held on held.user_id = truth.user_id and held.post_id = truth.post_id and held.side = truth.side
where held.version < truth.version or (held.version = truth.version and held.liked != truth.liked)
