-- Comments as they stand: a removal names the comment alone.
SELECT id, tupleElement(held, 1) AS post_id, tupleElement(held, 2) AS author_id,
       tupleElement(held, 3) AS created_at, rank
FROM
(
    SELECT id, argMax((post_id, author_id, created_at), _rank) AS held, max(_rank) AS rank
    FROM comments_cdc
    WHERE id IN {comments:Array(UInt128)}
    GROUP BY id
)
