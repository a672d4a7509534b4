-- Posts as they stand: what a change that names only some columns leaves as it was.
SELECT id, tupleElement(held, 1) AS author_id, tupleElement(held, 2) AS created_at, tupleElement(held, 3) AS lang,
       tupleElement(held, 4) AS topics, rank
FROM
(
    SELECT id, argMax((author_id, created_at, lang, topics), _rank) AS held, max(_rank) AS rank
    FROM posts_cdc
    WHERE id IN {posts:Array(UInt128)}
    GROUP BY id
)
