-- Hours whose sums are not what the events say. Each count is multiplied with a number of its post and one of what is
-- counted; added up modulo 2^64, such products are equal where everything behind them is, however rows were merged.
select toUInt32(hour) as hour, sum(counted) as counted, sum(truth) as truth, sum(current) as current
from
(
    select toStartOfHour(event_time) as hour, toUInt64(count()) as counted,
           sum(cityHash64(post_id) * multiIf(
               action = 'impression', 11400714819323198485, action = 'view', 13787848793156543929,
               action = 'click', 10723151780598845931, action = 'like', 15485863000000000003,
               action = 'unlike', 2960881073709551613, action = 'comment', 11562461410679940143,
               action = 'share', 16646288086500911323,
               action = 'dwell', 10285213230658275043 + toUInt64(dwell_ms) * 6384245875588680899, 0)) as truth,
           toUInt64(0) as current
    from events
    where action not in ('hide', 'served') and event_time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    group by hour
    union all
    select hour, toUInt64(0) as counted, toUInt64(0) as truth,
           sum(cityHash64(post_id) * (
               toUInt64(impressions) * 11400714819323198485 + toUInt64(views) * 13787848793156543929
               + toUInt64(clicks) * 10723151780598845931 + toUInt64(likes) * 15485863000000000003
               + toUInt64(comments) * 11562461410679940143 + toUInt64(shares) * 16646288086500911323
               + toUInt64(dwells) * 10285213230658275043 + toUInt64(dwell_ms) * 6384245875588680899)) as current
    from post_metrics_1h
    where hour >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    group by hour
)
group by hour
order by hour
limit 10000
