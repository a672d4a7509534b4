-- Who likes posts of these authors: for each author a bounded number, those first who like most of them.
SELECT author_id, user_id
FROM
(
    SELECT post_id, user_id, tupleElement(max(side), 3) AS is_set
    FROM
    (
        SELECT post_id, user_id, argMax((committed_at, toUInt8(1), toUInt8(NOT _deleted)), _rank) AS side
        FROM likes_cdc
        WHERE post_id IN {posts:Array(UInt128)}
        GROUP BY post_id, user_id
        UNION ALL
        SELECT post_id, user_id, argMax((at, toUInt8(0), liked), version) AS side
        FROM like_events
        WHERE post_id IN {posts:Array(UInt128)}
        GROUP BY post_id, user_id
    )
    GROUP BY post_id, user_id
    HAVING is_set = 1
) AS likes
INNER JOIN
(
    SELECT arrayJoin(arrayZip({posts:Array(UInt128)}, {authors:Array(UInt128)})) AS pair,
           tupleElement(pair, 1) AS post, tupleElement(pair, 2) AS author_id
) AS posts ON posts.post = likes.post_id
WHERE user_id != {viewer:UInt128}
GROUP BY author_id, user_id
ORDER BY author_id, count() DESC, user_id
LIMIT {each:UInt64} BY author_id
