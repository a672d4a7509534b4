-- Posts by id, as they stand.
select id, tupleElement(held, 1) as author_id, tupleElement(held, 2) as created_at, tupleElement(held, 3) as gone
from
(
    select id, argMax((author_id, created_at, gone), _rank) as held
    from posts_cdc
    where id in {posts:Array(UInt128)}
    group by id
)
