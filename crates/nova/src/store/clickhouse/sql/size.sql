-- Users, posts and follows are within a half per cent; of follows those that were taken back count until the parts that
-- hold both are merged.
SELECT users, posts, follow_rows, follows, events, bytes
FROM
    (SELECT uniqCombined64(id) AS users FROM users_cdc) AS a,
    (SELECT uniqCombined64(id) AS posts FROM posts_cdc) AS b,
    (
        SELECT count() AS follow_rows, uniqCombined64If((follower_id, followee_id), NOT _deleted) AS follows
        FROM follows_cdc
    ) AS c,
    (SELECT sum(n) AS events FROM metrics_1d WHERE action != 'served') AS d,
    (SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()) AS e
