SELECT truth.user_id AS user_id, truth.post_id AS post_id, truth.at AS at
FROM
(
    SELECT user_id, post_id, max(least(event_time, received_at)) AS at
    FROM events
    WHERE action = 'hide' AND cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id, post_id
) AS truth
LEFT JOIN
(
    SELECT user_id, post_id, max(hide_events.at) AS at
    FROM hide_events
    WHERE cityHash64(user_id) % {slices:UInt64} = {slice:UInt64}
    GROUP BY user_id, post_id
) AS held ON held.user_id = truth.user_id AND held.post_id = truth.post_id
WHERE held.at < truth.at
