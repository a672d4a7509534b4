-- How many follow each of these accounts.
SELECT followee_id, count() AS n
FROM
(
    SELECT followee_id
    FROM followers
    WHERE followee_id IN {users:Array(UInt128)}
    GROUP BY followee_id, follower_id
    HAVING argMax(_deleted, _rank) = 0
)
GROUP BY followee_id
