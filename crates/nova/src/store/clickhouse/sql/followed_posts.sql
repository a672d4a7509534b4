-- Posts of the accounts that a viewer follows, newest first, and which of them the viewer saw or hid. Whose authors
-- the viewer blocks or mutes, or is blocked by, are not among them.
WITH
    followed AS
    (
        SELECT followee_id
        FROM follows_cdc
        WHERE follower_id = {viewer:UInt128}
        GROUP BY followee_id
        HAVING argMax(_deleted, _rank) = 0
    ),
    barred AS
    (
        SELECT target_id FROM blocks_cdc WHERE user_id = {viewer:UInt128}
        GROUP BY target_id HAVING argMax(_deleted, _rank) = 0
        UNION ALL
        SELECT user_id FROM blocked_by WHERE target_id = {viewer:UInt128}
        GROUP BY user_id HAVING argMax(_deleted, _rank) = 0
        UNION ALL
        SELECT target_id FROM mutes_cdc WHERE user_id = {viewer:UInt128}
        GROUP BY target_id HAVING argMax(_deleted, _rank) = 0
    )
SELECT id, author_id, created_at
FROM posts_recent
WHERE author_id IN followed AND author_id NOT IN barred
  AND created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
  AND created_at <= fromUnixTimestamp64Micro({latest:Int64}, 'UTC')
GROUP BY author_id, created_at, id
HAVING argMax(gone, _rank) = 0
ORDER BY created_at DESC, id
LIMIT {limit:UInt64}
