select truth.followee_id as followee_id, truth.follower_id as follower_id, truth._deleted as _deleted, truth._rank as _rank
from
(
    select * from follows_cdc final where cityHash64(followee_id) % {slices:UInt64} = {slice:UInt64}
) as truth
left join
(
    select followee_id, follower_id, max(_rank) as rank
    from followers
    where cityHash64(followee_id) % {slices:UInt64} = {slice:UInt64}
    group by followee_id, follower_id
) as held on held.followee_id = truth.followee_id and held.follower_id = truth.follower_id
where held.rank < truth._rank
