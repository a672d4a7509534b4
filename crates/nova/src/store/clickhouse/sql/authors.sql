-- The authors of posts, as far as they are known.
SELECT id, argMax(author_id, _rank) AS author
FROM posts_cdc
WHERE id IN {posts:Array(UInt128)}
GROUP BY id
HAVING author != 0
