-- Posts of a window that were answered, hottest first.
with recent as
(
    select id
    from posts_newest
    where created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
      and created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
)
select id, author_id, created_at, answers
from
(
    select id, author_id, created_at
    from posts_newest
    where created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
      and created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
    group by created_at, id, author_id
    having argMax(gone, _rank) = 0
) as posts
inner join
(
    select post_id, toFloat64(sum(weight)) as answers
    from
    (
        select post_id, toInt64(countIf(tupleElement(held, 3))) as weight
        from
        (
            select post_id, user_id, max(side) as held
            from
            (
                select post_id, user_id, argMax((committed_at, toUInt8(1), toUInt8(not _deleted)), _rank) as side
                from likes_cdc
                where post_id in recent
                group by post_id, user_id
                union all
                select post_id, user_id, argMax((at, toUInt8(0), liked), version) as side
                from like_events
                where post_id in recent
                group by post_id, user_id
            )
            group by post_id, user_id
        )
        group by post_id
        union all
        select post_id, 2 * toInt64(count())
        from
        (
            select post_id
            from post_comments
            where post_id in recent
            group by post_id, id
            having argMax(gone, _rank) = 0
        )
        group by post_id
        union all
        select post_id, 3 * sum(shares)
        from post_totals
        where post_id in recent
        group by post_id
    )
    group by post_id
    having answers > 0
) as answered on answered.post_id = posts.id
order by log(1 + answers)
         * exp2(-2 * greatest({now:Int64} - toUnixTimestamp64Micro(created_at), 0) / {window:Int64}) desc,
         created_at desc, id
limit {limit:UInt64}
