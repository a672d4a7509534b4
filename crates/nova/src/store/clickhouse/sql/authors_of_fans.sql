-- To whom these people turned, at most so many authors each, in the order of their ids. Of a like's two sides the later
-- holds, of one time the row.
SELECT user_id, author
FROM
(
    SELECT user_id, argMax(held, (tupleElement(held, 3), kind != 'like_event')) AS holds,
           tupleElement(holds, 1) AS author
    FROM
    (
        SELECT user_id, kind, id, argMax((author_id, day, at, counts), version) AS held
        FROM user_author_90d
        WHERE user_id IN {users:Array(UInt128)}
        GROUP BY user_id, kind, id
    )
    GROUP BY user_id, if(kind = 'like_event', 'like', toString(kind)), id
    HAVING tupleElement(holds, 4) AND toInt32(tupleElement(holds, 2)) >= {from:Int32}
       AND toInt32(tupleElement(holds, 2)) <= {to:Int32}
)
WHERE author NOT IN (0, user_id)
GROUP BY user_id, author
ORDER BY user_id, author
LIMIT {each:UInt64} BY user_id
