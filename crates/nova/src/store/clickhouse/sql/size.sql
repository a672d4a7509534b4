-- Users and posts are exact for some ten thousands, within a half per cent above.
SELECT users, posts, follows, events, bytes
FROM
    (SELECT uniqCombined64(id) AS users FROM users_cdc) AS a,
    (SELECT uniqCombined64(id) AS posts FROM posts_cdc) AS b,
    (
        SELECT count() AS follows
        FROM
        (
            SELECT follower_id
            FROM follows_cdc
            GROUP BY follower_id, followee_id
            HAVING argMax(_deleted, _rank) = 0
        )
    ) AS c,
    (SELECT sum(n) AS events FROM metrics_1d WHERE action != 'served') AS d,
    (SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()) AS e
