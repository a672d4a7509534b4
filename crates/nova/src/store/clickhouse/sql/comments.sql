-- How many comments stand under each of these posts.
SELECT post_id, count() AS n
FROM
(
    SELECT post_id
    FROM post_comments
    WHERE post_id IN {posts:Array(UInt128)}
    GROUP BY post_id, id
    HAVING argMax(gone, _rank) = 0
)
GROUP BY post_id
