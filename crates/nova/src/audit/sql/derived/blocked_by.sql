SELECT truth.target_id AS target_id, truth.user_id AS user_id, truth._deleted AS _deleted, truth._rank AS _rank
FROM
(
    SELECT * FROM blocks_cdc FINAL WHERE cityHash64(target_id) % {slices:UInt64} = {slice:UInt64}
) AS truth
LEFT JOIN
(
    SELECT target_id, user_id, max(_rank) AS rank
    FROM blocked_by
    WHERE cityHash64(target_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY target_id, user_id
) AS held ON held.target_id = truth.target_id AND held.user_id = truth.user_id
WHERE held.rank < truth._rank
