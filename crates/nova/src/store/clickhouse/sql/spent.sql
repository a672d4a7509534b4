-- Which of these posts a viewer saw since (1) or hid (2). Of the row and the event that hide a post the later holds, of
-- one time the row.
SELECT post_id, toUInt8(1) AS spent
FROM user_seen_7d
WHERE user_id = {viewer:UInt128} AND post_id IN {posts:Array(UInt128)}
GROUP BY post_id
HAVING toUnixTimestamp64Second(max(seen_at)) >= {seen_since:Int64}
UNION ALL
SELECT post_id, toUInt8(2)
FROM
(
    SELECT post_id, argMax((committed_at, toUInt8(1), toUInt8(NOT _deleted)), _rank) AS side
    FROM hidden_posts_cdc
    WHERE user_id = {viewer:UInt128} AND post_id IN {posts:Array(UInt128)}
    GROUP BY post_id
    UNION ALL
    SELECT post_id, (max(at), toUInt8(0), toUInt8(1)) AS side
    FROM hide_events
    WHERE user_id = {viewer:UInt128} AND post_id IN {posts:Array(UInt128)}
    GROUP BY post_id
)
GROUP BY post_id
HAVING tupleElement(max(side), 3) = 1
