-- Which of these posts a viewer likes. Of a like's two sides, row and event, the later holds, of one time the row.
select post_id
from
(
    select post_id, side, argMax((user_likes.at, side, liked), version) as held
    from user_likes
    where user_id = {viewer:UInt128} and post_id in {posts:Array(UInt128)}
    group by post_id, side
)
group by post_id
having tupleElement(max(held), 3) = 1
