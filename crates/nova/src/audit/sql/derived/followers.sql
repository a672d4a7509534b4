SELECT truth.followee_id AS followee_id, truth.follower_id AS follower_id, truth._deleted AS _deleted, truth._rank AS _rank
FROM
(
    SELECT * FROM follows_cdc FINAL WHERE cityHash64(followee_id) % {slices:UInt64} = {slice:UInt64}
) AS truth
LEFT JOIN
(
    SELECT followee_id, follower_id, max(_rank) AS rank
    FROM followers
    WHERE cityHash64(followee_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY followee_id, follower_id
) AS held ON held.followee_id = truth.followee_id AND held.follower_id = truth.follower_id
WHERE held.rank < truth._rank
