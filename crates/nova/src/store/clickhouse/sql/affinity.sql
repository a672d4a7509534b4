-- How often a viewer turned to each author on these days. Of a like's two sides the later holds, of one time the row;
-- of each interaction its greatest version.
select author, count() as n
from
(
    select argMax(held, (tupleElement(held, 3), kind != 'like_event')) as holds, tupleElement(holds, 1) as author
    from
    (
        select kind, id, argMax((author_id, day, at, counts), version) as held
        from user_author_90d
        where user_id = {viewer:UInt128}
        group by kind, id
    )
    group by if(kind = 'like_event', 'like', toString(kind)), id
    having tupleElement(holds, 4) and toInt32(tupleElement(holds, 2)) >= {from:Int32}
       and toInt32(tupleElement(holds, 2)) <= {to:Int32}
)
where author not in (0, {viewer:UInt128})
group by author
order by n desc, author
limit {limit:UInt64}
