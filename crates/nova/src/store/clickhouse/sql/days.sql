SELECT toInt32(day) AS day_number, action, bucket, sum(n) AS count
FROM metrics_1d
WHERE toInt32(day) >= {from:Int32} AND toInt32(day) <= {to:Int32} AND action IN ('impression', 'click', 'dwell')
GROUP BY day, action, bucket
ORDER BY day, action, bucket
