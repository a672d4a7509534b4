-- What is counted of posts, and which of them the viewer likes. Of a like's two sides, row and event, the later holds,
-- of one time the row.
SELECT post_id, sum(likes_) AS likes, sum(comments_) AS comments, sum(shares_) AS shares, sum(impressions_) AS impressions,
       toBool(max(liked_)) AS liked
FROM
(
    SELECT post_id, countIf(is_set) AS likes_, toUInt64(0) AS comments_, toInt64(0) AS shares_, toInt64(0) AS impressions_,
           maxIf(is_set, user_id = {viewer:UInt128}) AS liked_
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
    UNION ALL
    SELECT post_id, 0, count(), 0, 0, 0
    FROM
    (
        SELECT post_id
        FROM post_comments
        WHERE post_id IN {posts:Array(UInt128)}
        GROUP BY post_id, id
        HAVING argMax(gone, _rank) = 0
    )
    GROUP BY post_id
    UNION ALL
    SELECT post_id, 0, 0, sum(shares), sum(impressions), 0
    FROM post_totals
    WHERE post_id IN {posts:Array(UInt128)}
    GROUP BY post_id
)
GROUP BY post_id
