-- Interactions whose author was not known when they were written, and is now.
WITH open AS
(
    SELECT post_id, user_id, kind, id, day, at, counts, version, 1 AS moved
    FROM authors_awaited FINAL
)
SELECT open.post_id AS post_id, user_id, CAST(kind, 'Int8') AS kind, open.id AS id, day, at, counts, version, moved,
       author
FROM open
INNER JOIN
(
    SELECT id, argMax(author_id, _rank) AS author
    FROM posts_cdc
    WHERE id IN (SELECT post_id FROM authors_awaited)
    GROUP BY id
    HAVING author != 0
) AS posts ON posts.id = open.post_id
LIMIT {limit:UInt64}
