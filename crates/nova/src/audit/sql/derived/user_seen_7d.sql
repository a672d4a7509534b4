SELECT truth.user_id AS user_id, truth.post_id AS post_id, truth.at AS seen_at
FROM
(
    SELECT user_id, post_id, max(event_time) AS at
    FROM events
    WHERE action IN ('impression', 'view', 'dwell', 'served') AND event_time >= fromUnixTimestamp64Micro({week:Int64}, 'UTC')
      AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id, post_id
) AS truth
LEFT JOIN
(
    SELECT user_id, post_id, max(seen_at) AS at
    FROM user_seen_7d
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id, post_id
) AS held ON held.user_id = truth.user_id AND held.post_id = truth.post_id
WHERE held.at < truth.at
