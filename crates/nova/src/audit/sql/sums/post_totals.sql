-- What is to be added to each post. Of posts that are older than the events that are kept nothing can be said, unless
-- none has expired yet. Posts are taken by a share of their hashes at once.
select post_id, sum(impressions) as impressions, sum(shares) as shares
from
(
    select post_id, toInt64(countIf(action = 'impression')) as impressions, toInt64(countIf(action = 'share')) as shares
    from events
    where action in ('impression', 'share') and cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
    group by post_id
    union all
    select post_id, -impressions, -shares from post_totals where cityHash64(post_id) % {slices:UInt64} = {slice:UInt64}
)
where {whole:UInt8} or post_id in
(
    select id from posts_cdc
    where created_at >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') and cityHash64(id) % {slices:UInt64} = {slice:UInt64}
)
group by post_id
having impressions != 0 or shares != 0
order by post_id
limit {limit:UInt64}
