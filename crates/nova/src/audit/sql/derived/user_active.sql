SELECT truth.user_id AS user_id, truth.at AS at
FROM
(
    SELECT user_id, max(event_time) AS at
    FROM events
    WHERE action != 'served' AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id
) AS truth
LEFT JOIN
(
    SELECT user_id, max(user_active.at) AS at
    FROM user_active
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id
) AS held ON held.user_id = truth.user_id
WHERE held.at < truth.at
