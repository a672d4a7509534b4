-- What is to be added to each daily figure.
select day, action, bucket, sum(n) as n
from
(
    select toDate32(event_time) as day, toString(events.action) as action,
           toUInt8(if(events.action != 'dwell' or dwell_ms = 0, 0, least(1 + floor(log(dwell_ms) / log(1.1)), 159))) as bucket,
           toInt64(count()) as n
    from events
    where event_time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
    group by day, action, bucket
    union all
    select day, metrics_1d.action as action, bucket, -n
    from metrics_1d
    where day >= toDate32(fromUnixTimestamp64Micro({since:Int64}, 'UTC'))
)
group by day, action, bucket
having n != 0
order by day, action, bucket
limit {limit:UInt64}
