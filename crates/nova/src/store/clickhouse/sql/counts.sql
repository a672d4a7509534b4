-- What is counted of posts, whoever looks: likes (1), comments (2), shares and impressions (3). Of a like's two sides,
-- row and event, the later holds, of one time the row.
select post_id, toUInt8(1) as what, toInt64(countIf(is_set)) as n, toInt64(0) as m
from
(
    select post_id, user_id, tupleElement(max(side), 3) as is_set
    from
    (
        select post_id, user_id, argMax((committed_at, toUInt8(1), toUInt8(not _deleted)), _rank) as side
        from likes_cdc
        where post_id in {posts:Array(UInt128)}
        group by post_id, user_id
        union all
        select post_id, user_id, argMax((like_events.at, toUInt8(0), liked), version) as side
        from like_events
        where post_id in {posts:Array(UInt128)}
        group by post_id, user_id
    )
    group by post_id, user_id
)
group by post_id
union all
select post_id, 2, toInt64(count()), 0
from
(
    select post_id
    from post_comments
    where post_id in {posts:Array(UInt128)}
    group by post_id, post_comments.id
    having argMax(gone, _rank) = 0
)
group by post_id
union all
select post_id, 3, sum(shares), sum(impressions)
from post_totals
where post_id in {posts:Array(UInt128)}
group by post_id
