select truth.post_id as post_id, truth.id as id, truth.gone as gone, truth._rank as _rank
from
(
    select * from comments_cdc final where post_id != 0 and cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
) as truth
left join
(
    select post_id, id, max(_rank) as rank
    from post_comments
    where cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
    group by post_id, id
) as held on held.post_id = truth.post_id and held.id = truth.id
where held.rank < truth._rank
