-- How many like each of these posts, and whether the viewer does. Of a like's two sides, row and event, the later
-- holds, of one time the row.
select post_id, countIf(is_set) as n, toBool(maxIf(is_set, user_id = {viewer:UInt128})) as liked
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
        select post_id, user_id, argMax((at, toUInt8(0), liked), version) as side
        from like_events
        where post_id in {posts:Array(UInt128)}
        group by post_id, user_id
    )
    group by post_id, user_id
)
group by post_id
