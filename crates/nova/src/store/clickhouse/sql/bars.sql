-- Whom a viewer blocks, is blocked by (1) or mutes (2).
SELECT target_id AS user, toUInt8(1) AS bar
FROM blocks_cdc WHERE user_id = {viewer:UInt128}
GROUP BY target_id HAVING argMax(_deleted, _rank) = 0
UNION ALL
SELECT user_id, 1
FROM blocked_by WHERE target_id = {viewer:UInt128}
GROUP BY user_id HAVING argMax(_deleted, _rank) = 0
UNION ALL
SELECT target_id, 2
FROM mutes_cdc WHERE user_id = {viewer:UInt128}
GROUP BY target_id HAVING argMax(_deleted, _rank) = 0
LIMIT 1000000
