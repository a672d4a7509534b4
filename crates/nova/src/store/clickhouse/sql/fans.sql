-- Who likes posts of these authors: for each author a bounded number, those first who like most of them.
select author_id, user_id
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
    having is_set = 1
) as likes
inner join
(
    select arrayJoin(arrayZip({posts:Array(UInt128)}, {authors:Array(UInt128)})) as pair,
           tupleElement(pair, 1) as post, tupleElement(pair, 2) as author_id
) as posts on posts.post = likes.post_id
where user_id != {viewer:UInt128}
group by author_id, user_id
order by author_id, count() desc, user_id
limit {each:UInt64} by author_id
