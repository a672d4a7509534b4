-- How often a viewer turned to each author on these days. Of a like's two sides the later holds, of one time the row;
-- of each interaction its greatest version.
SELECT author, count() AS n
FROM
(
    SELECT argMax(held, (tupleElement(held, 3), kind != 'like_event')) AS holds, tupleElement(holds, 1) AS author
    FROM
    (
        SELECT kind, id, argMax((author_id, day, at, counts), version) AS held
        FROM user_author_90d
        WHERE user_id = {viewer:UInt128}
        GROUP BY kind, id
    )
    GROUP BY if(kind = 'like_event', 'like', toString(kind)), id
    HAVING tupleElement(holds, 4) AND toInt32(tupleElement(holds, 2)) >= {from:Int32}
       AND toInt32(tupleElement(holds, 2)) <= {to:Int32}
)
WHERE author NOT IN (0, {viewer:UInt128})
GROUP BY author
ORDER BY n DESC, author
LIMIT {limit:UInt64}
