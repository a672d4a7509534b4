-- How many comments stand under each of these posts.
select post_id, count() as n
from
(
    select post_id
    from post_comments
    where post_id in {posts:Array(UInt128)}
    group by post_id, id
    having argMax(gone, _rank) = 0
)
group by post_id
