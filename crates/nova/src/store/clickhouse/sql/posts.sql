-- Posts by id, as they stand.
select id, argMax(posts_cdc.author_id, _rank) as author_id, argMax(posts_cdc.created_at, _rank) as created_at,
       argMax(posts_cdc.gone, _rank) as gone
from posts_cdc
where id in {posts:Array(UInt128)}
group by id
