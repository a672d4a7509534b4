SELECT truth.post_id AS post_id, truth.user_id AS user_id, truth.at AS at, truth.liked AS liked, truth.version AS version
FROM
(
    SELECT post_id, user_id, argMax(moment, rank) AS at, argMax(likes, rank) AS liked, max(rank) AS version
    FROM
    (
        SELECT post_id, user_id, least(event_time, received_at) AS moment, action = 'like' AS likes,
               bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(moment), 0)), 64), toUInt128(k_offset)) AS rank
        FROM events
        WHERE action IN ('like', 'unlike') AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    )
    GROUP BY post_id, user_id
) AS truth
LEFT JOIN
(
    SELECT post_id, user_id, max(like_events.version) AS version, argMax(like_events.liked, like_events.version) AS liked
    FROM like_events
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY post_id, user_id
) AS held ON held.post_id = truth.post_id AND held.user_id = truth.user_id
WHERE held.version < truth.version OR (held.version = truth.version AND held.liked != truth.liked)
