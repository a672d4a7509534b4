-- What is to be added to each post of an hour.
select post_id, toUInt32(hour) as hour, sum(impressions) as impressions, sum(views) as views, sum(clicks) as clicks, sum(likes) as likes,
       sum(comments) as comments, sum(shares) as shares, sum(dwells) as dwells, sum(dwell_ms) as dwell_ms
from
(
    select post_id, toStartOfHour(event_time) as hour, toInt64(countIf(action = 'impression')) as impressions,
           toInt64(countIf(action = 'view')) as views, toInt64(countIf(action = 'click')) as clicks,
           toInt64(countIf(action = 'like')) - toInt64(countIf(action = 'unlike')) as likes,
           toInt64(countIf(action = 'comment')) as comments, toInt64(countIf(action = 'share')) as shares,
           toInt64(countIf(action = 'dwell')) as dwells, sumIf(toInt64(events.dwell_ms), action = 'dwell') as dwell_ms
    from events
    where action not in ('hide', 'served') and event_time >= toDateTime({hour:UInt32}, 'UTC')
      and event_time < toDateTime({hour:UInt32} + 3600, 'UTC')
    group by post_id, hour
    union all
    select post_id, hour, -impressions, -views, -clicks, -likes, -comments, -shares, -dwells, -dwell_ms
    from post_metrics_1h
    where hour = toDateTime({hour:UInt32}, 'UTC')
)
group by post_id, hour
having impressions != 0 or views != 0 or clicks != 0 or likes != 0 or comments != 0 or shares != 0 or dwells != 0 or dwell_ms != 0
order by post_id
limit {limit:UInt64}
