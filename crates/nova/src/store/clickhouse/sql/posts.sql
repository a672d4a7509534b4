-- Posts by id, as they stand.
SELECT id, tupleElement(held, 1) AS author_id, tupleElement(held, 2) AS created_at, tupleElement(held, 3) AS gone
FROM
(
    SELECT id, argMax((author_id, created_at, gone), _rank) AS held
    FROM posts_cdc
    WHERE id IN {posts:Array(UInt128)}
    GROUP BY id
)
