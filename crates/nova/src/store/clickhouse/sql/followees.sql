-- Whom these accounts follow, at most so many each, in the order of their ids.
SELECT follower_id, followee_id
FROM follows_cdc
WHERE follower_id IN {users:Array(UInt128)}
GROUP BY follower_id, followee_id
HAVING argMax(_deleted, _rank) = 0
ORDER BY follower_id, followee_id
LIMIT {each:UInt64} BY follower_id
LIMIT {limit:UInt64}
