-- What is to be added to each daily figure.
SELECT day, action, bucket, sum(n) AS n
FROM
(
    SELECT toDate32(event_time) AS day, toString(events.action) AS action,
           toUInt8(if(events.action != 'dwell' OR dwell_ms = 0, 0, least(1 + floor(log(dwell_ms) / log(1.1)), 159))) AS bucket,
           toInt64(count()) AS n
    FROM events
    WHERE event_time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    GROUP BY day, action, bucket
    UNION ALL
    SELECT day, metrics_1d.action AS action, bucket, -n
    FROM metrics_1d
    WHERE day >= toDate32(fromUnixTimestamp64Micro({since:Int64}, 'UTC'))
)
GROUP BY day, action, bucket
HAVING n != 0
ORDER BY day, action, bucket
LIMIT {limit:UInt64}
