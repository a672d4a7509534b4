-- Who did something last; deleted accounts are few, and looked up among those whom somebody once marked as gone.
SELECT user_id
FROM user_active
WHERE user_id NOT IN
(
    SELECT id
    FROM users_cdc
    WHERE id IN (SELECT id FROM users_cdc WHERE gone)
    GROUP BY id
    HAVING argMax(gone, _rank) = 1
)
GROUP BY user_id
HAVING max(at) >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
ORDER BY max(at) DESC, user_id
LIMIT {limit:UInt64}
