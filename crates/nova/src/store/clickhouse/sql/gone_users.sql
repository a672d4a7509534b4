-- Which of these accounts are deleted.
SELECT id
FROM users_cdc
WHERE id IN {users:Array(UInt128)}
GROUP BY id
HAVING argMax(gone, _rank) = 1
