select truth.target_id as target_id, truth.user_id as user_id, truth._deleted as _deleted, truth._rank as _rank
from
(
    select * from blocks_cdc final where cityHash64(target_id) % {slices:UInt64} = {slice:UInt64}
) as truth
left join
(
    select target_id, user_id, max(_rank) as rank
    from blocked_by
    where cityHash64(target_id) % {slices:UInt64} = {slice:UInt64}
    group by target_id, user_id
) as held on held.target_id = truth.target_id and held.user_id = truth.user_id
where held.rank < truth._rank
