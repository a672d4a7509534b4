-- Which of these posts a viewer saw since (1) or hid (2). Of the row and the event that hide a post the later holds, of
-- one time the row.
select post_id, toUInt8(1) as spent
from user_seen_7d
where user_id = {viewer:UInt128} and post_id in {posts:Array(UInt128)}
group by post_id
having toUnixTimestamp64Second(max(seen_at)) >= {seen_since:Int64}
union all
select post_id, toUInt8(2)
from
(
    select post_id, argMax((committed_at, toUInt8(1), toUInt8(not _deleted)), _rank) as side
    from hidden_posts_cdc
    where user_id = {viewer:UInt128} and post_id in {posts:Array(UInt128)}
    group by post_id
    union all
    select post_id, (max(at), toUInt8(0), toUInt8(1)) as side
    from hide_events
    where user_id = {viewer:UInt128} and post_id in {posts:Array(UInt128)}
    group by post_id
)
group by post_id
having tupleElement(max(side), 3) = 1
