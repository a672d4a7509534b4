SELECT count() AS n
FROM
(
    SELECT follower_id
    FROM follows_cdc
    GROUP BY follower_id, followee_id
    HAVING argMax(_deleted, _rank) = 0
)
