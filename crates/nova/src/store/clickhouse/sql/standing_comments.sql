-- Comments as they stand: a removal names the comment alone.
select id, tupleElement(held, 1) as post_id, tupleElement(held, 2) as author_id,
       tupleElement(held, 3) as created_at, rank
from
(
    select id, argMax((post_id, author_id, created_at), _rank) as held, max(_rank) as rank
    from comments_cdc
    where id in {comments:Array(UInt128)}
    group by id
)
