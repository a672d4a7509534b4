-- How many like each of these posts, and whether the viewer does. Of a like's two sides, row and event, the later
-- holds, of one time the row.
SELECT post_id, countIf(is_set) AS n, toBool(maxIf(is_set, user_id = {viewer:UInt128})) AS liked
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
)
GROUP BY post_id
