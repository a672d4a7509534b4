-- Posts as they stand: what a change that names only some columns leaves as it was.
select id, tupleElement(held, 1) as author_id, tupleElement(held, 2) as created_at, tupleElement(held, 3) as lang,
       tupleElement(held, 4) as topics, rank
from
(
    select id, argMax((author_id, created_at, lang, topics), _rank) as held, max(_rank) as rank
    from posts_cdc
    where id in {posts:Array(UInt128)}
    group by id
)
