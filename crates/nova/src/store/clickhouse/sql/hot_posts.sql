-- Posts of a window that were answered, hottest first.
WITH recent AS
(
    SELECT id
    FROM posts_newest
    WHERE created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
      AND created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
)
SELECT id, author_id, created_at, answers
FROM
(
    SELECT id, author_id, created_at
    FROM posts_newest
    WHERE created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
      AND created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
    GROUP BY created_at, id, author_id
    HAVING argMax(gone, _rank) = 0
) AS posts
INNER JOIN
(
    SELECT post_id, toFloat64(sum(weight)) AS answers
    FROM
    (
        SELECT post_id, toInt64(countIf(tupleElement(held, 3))) AS weight
        FROM
        (
            SELECT post_id, user_id, max(side) AS held
            FROM
            (
                SELECT post_id, user_id, argMax((committed_at, toUInt8(1), toUInt8(NOT _deleted)), _rank) AS side
                FROM likes_cdc
                WHERE post_id IN recent
                GROUP BY post_id, user_id
                UNION ALL
                SELECT post_id, user_id, argMax((at, toUInt8(0), liked), version) AS side
                FROM like_events
                WHERE post_id IN recent
                GROUP BY post_id, user_id
            )
            GROUP BY post_id, user_id
        )
        GROUP BY post_id
        UNION ALL
        SELECT post_id, 2 * toInt64(count())
        FROM
        (
            SELECT post_id
            FROM post_comments
            WHERE post_id IN recent
            GROUP BY post_id, id
            HAVING argMax(gone, _rank) = 0
        )
        GROUP BY post_id
        UNION ALL
        SELECT post_id, 3 * sum(shares)
        FROM post_totals
        WHERE post_id IN recent
        GROUP BY post_id
    )
    GROUP BY post_id
    HAVING answers > 0
) AS answered ON answered.post_id = posts.id
ORDER BY log(1 + answers)
         * exp2(-2 * greatest({now:Int64} - toUnixTimestamp64Micro(created_at), 0) / {window:Int64}) DESC,
         created_at DESC, id
LIMIT {limit:UInt64}
