-- To whom these people turned, at most so many authors each, in the order of their ids. Of a like's two sides the later
-- holds, of one time the row.
select user_id, author
from
(
    select user_id, argMax(held, (tupleElement(held, 3), kind != 'like_event')) as holds,
           tupleElement(holds, 1) as author
    from
    (
        select user_id, kind, id, argMax((author_id, day, at, counts), version) as held
        from user_author_90d
        where user_id in {users:Array(UInt128)}
        group by user_id, kind, id
    )
    group by user_id, if(kind = 'like_event', 'like', toString(kind)), id
    having tupleElement(holds, 4) and toInt32(tupleElement(holds, 2)) >= {from:Int32}
       and toInt32(tupleElement(holds, 2)) <= {to:Int32}
)
where author != 0 and author != user_id
group by user_id, author
order by user_id, author
limit {each:UInt64} by user_id
