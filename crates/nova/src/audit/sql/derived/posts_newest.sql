select truth.created_at as created_at, truth.id as id, truth.author_id as author_id, truth.gone as gone, truth._rank as _rank
from
(
    select * from posts_cdc final where author_id != 0 and cityHash64(id) % {slices:UInt64} = {slice:UInt64}
) as truth
left join
(
    select created_at, id, max(_rank) as rank
    from posts_newest
    where cityHash64(id) % {slices:UInt64} = {slice:UInt64}
    group by created_at, id
) as held on held.created_at = truth.created_at and held.id = truth.id
where held.rank < truth._rank
