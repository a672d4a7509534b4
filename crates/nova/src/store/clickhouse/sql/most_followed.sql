SELECT followee_id, count() AS n
FROM
(
    SELECT followee_id
    FROM followers
    GROUP BY followee_id, follower_id
    HAVING argMax(_deleted, _rank) = 0
)
GROUP BY followee_id
ORDER BY n DESC, followee_id
LIMIT {limit:UInt64}
