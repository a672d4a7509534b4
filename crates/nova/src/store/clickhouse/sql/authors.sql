-- The authors of posts, as far as they are known.
select id, argMax(author_id, _rank) as author
from posts_cdc
where id in {posts:Array(UInt128)}
group by id
having author != 0
