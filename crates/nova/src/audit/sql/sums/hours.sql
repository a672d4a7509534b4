-- Hours whose sums are not what the events say. Each count is multiplied with a number of its post and one of what is
-- counted; added up modulo 2^64, such products are equal where everything behind them is, however rows were merged.
SELECT toUInt32(hour) AS hour, sum(counted) AS counted, sum(truth) AS truth, sum(current) AS current
FROM
(
    SELECT toStartOfHour(event_time) AS hour, toUInt64(count()) AS counted,
           sum(cityHash64(post_id) * multiIf(
               action = 'impression', 11400714819323198485, action = 'view', 13787848793156543929,
               action = 'click', 10723151780598845931, action = 'like', 15485863000000000003,
               action = 'unlike', 2960881073709551613, action = 'comment', 11562461410679940143,
               action = 'share', 16646288086500911323,
               action = 'dwell', 10285213230658275043 + toUInt64(dwell_ms) * 6384245875588680899, 0)) AS truth,
           toUInt64(0) AS current
    FROM events
    WHERE action NOT IN ('hide', 'served') AND event_time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    GROUP BY hour
    UNION ALL
    SELECT hour, toUInt64(0) AS counted, toUInt64(0) AS truth,
           sum(cityHash64(post_id) * (
               toUInt64(impressions) * 11400714819323198485 + toUInt64(views) * 13787848793156543929
               + toUInt64(clicks) * 10723151780598845931 + toUInt64(likes) * 15485863000000000003
               + toUInt64(comments) * 11562461410679940143 + toUInt64(shares) * 16646288086500911323
               + toUInt64(dwells) * 10285213230658275043 + toUInt64(dwell_ms) * 6384245875588680899)) AS current
    FROM post_metrics_1h
    WHERE hour >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    GROUP BY hour
)
GROUP BY hour
ORDER BY hour
LIMIT 10000
