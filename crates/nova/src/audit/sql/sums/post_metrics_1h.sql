-- What is to be added to each post of an hour.
SELECT post_id, toUInt32(hour) AS hour, sum(impressions) AS impressions, sum(views) AS views, sum(clicks) AS clicks, sum(likes) AS likes,
       sum(comments) AS comments, sum(shares) AS shares, sum(dwells) AS dwells, sum(dwell_ms) AS dwell_ms
FROM
(
    SELECT post_id, toStartOfHour(event_time) AS hour, toInt64(countIf(action = 'impression')) AS impressions,
           toInt64(countIf(action = 'view')) AS views, toInt64(countIf(action = 'click')) AS clicks,
           toInt64(countIf(action = 'like')) - toInt64(countIf(action = 'unlike')) AS likes,
           toInt64(countIf(action = 'comment')) AS comments, toInt64(countIf(action = 'share')) AS shares,
           toInt64(countIf(action = 'dwell')) AS dwells, sumIf(toInt64(events.dwell_ms), action = 'dwell') AS dwell_ms
    FROM events
    WHERE action NOT IN ('hide', 'served') AND event_time >= toDateTime({hour:UInt32}, 'UTC')
      AND event_time < toDateTime({hour:UInt32} + 3600, 'UTC')
    GROUP BY post_id, hour
    UNION ALL
    SELECT post_id, hour, -impressions, -views, -clicks, -likes, -comments, -shares, -dwells, -dwell_ms
    FROM post_metrics_1h
    WHERE hour = toDateTime({hour:UInt32}, 'UTC')
)
GROUP BY post_id, hour
HAVING impressions != 0 OR views != 0 OR clicks != 0 OR likes != 0 OR comments != 0 OR shares != 0 OR dwells != 0 OR dwell_ms != 0
ORDER BY post_id
LIMIT {limit:UInt64}
