-- What the feed asks of events. Every target has a deduplication window of its own: without one a repeated insert
-- into the source would count twice here.

-- The event's side of a like and of a hidden post: of an event and a row the later time holds, of one time the row.
create table if not exists like_events (
    post_id UInt128,
    user_id UInt128,
    at DateTime64(6, 'UTC') comment 'when it was given or taken back, no later than it was received',
    liked UInt8,
    version UInt128 comment 'at << 64 | offset'
) engine = ReplacingMergeTree(version)
order by (post_id, user_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists like_events_from_events to like_events as
select post_id, user_id, least(event_time, received_at) as at, action = 'like' as liked,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) as version
from events where action in ('like', 'unlike');

-- The same by user: whether a viewer likes what is on a page. Both sides stand here.
create table if not exists user_likes (
    user_id UInt128,
    post_id UInt128,
    side Enum8('event' = 0, 'row' = 1),
    at DateTime64(6, 'UTC') comment 'when it was given or taken back',
    liked UInt8,
    version UInt128
) engine = ReplacingMergeTree(version)
order by (user_id, post_id, side)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists user_likes_from_events to user_likes as
select user_id, post_id, 'event' as side, least(event_time, received_at) as at, action = 'like' as liked,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) as version
from events where action in ('like', 'unlike');

create materialized view if not exists user_likes_from_likes to user_likes as
select user_id, post_id, 'row' as side, committed_at as at, not _deleted as liked, _rank as version
from likes_cdc;

create table if not exists hide_events (
    user_id UInt128,
    post_id UInt128,
    at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) engine = AggregatingMergeTree
order by (user_id, post_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists hide_events_from_events to hide_events as
select user_id, post_id, max(least(event_time, received_at)) as at
from events where action = 'hide'
group by user_id, post_id;

-- What a viewer has seen, and when last.
create table if not exists user_seen_7d (
    user_id UInt128,
    post_id UInt128,
    seen_at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) engine = AggregatingMergeTree
order by (user_id, post_id)
ttl toDateTime(seen_at) + interval 8 day delete
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists user_seen_7d_from_events to user_seen_7d as
select user_id, post_id, max(event_time) as seen_at
from events where action in ('impression', 'view', 'dwell', 'served')
group by user_id, post_id;

-- Counts by post and hour. Signed, so that an audit can repair by adding a difference.
create table if not exists post_metrics_1h (
    post_id UInt128,
    hour DateTime('UTC'),
    impressions Int64,
    views Int64,
    clicks Int64,
    likes Int64 comment 'likes given less those taken back, as events said; what stands is asked of the registers',
    comments Int64 comment 'as events said',
    shares Int64,
    dwells Int64,
    dwell_ms Int64
) engine = SummingMergeTree
order by (post_id, hour)
ttl hour + interval 90 day delete
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists post_metrics_1h_from_events to post_metrics_1h as
select post_id, toStartOfHour(event_time) as hour, countIf(action = 'impression') as impressions,
       countIf(action = 'view') as views, countIf(action = 'click') as clicks,
       toInt64(countIf(action = 'like')) - countIf(action = 'unlike') as likes, countIf(action = 'comment') as comments,
       countIf(action = 'share') as shares, countIf(action = 'dwell') as dwells,
       sumIf(toInt64(dwell_ms), action = 'dwell') as dwell_ms
from events where action not in ('hide', 'served')
group by post_id, hour;

-- The counts that ranking reads, one row a post, for ever: hundreds of posts are asked for at once, so the granules are
-- smaller still.
create table if not exists post_totals (
    post_id UInt128,
    impressions Int64,
    shares Int64
) engine = SummingMergeTree
order by post_id
settings index_granularity = 128, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists post_totals_from_events to post_totals as
select post_id, countIf(action = 'impression') as impressions, countIf(action = 'share') as shares
from events where action in ('impression', 'share')
group by post_id;

-- Daily figures: events by action, dwells by bucket (0; then each a tenth wider than the one before; 160 in all).
create table if not exists metrics_1d (
    day Date32,
    action LowCardinality(String),
    bucket UInt8,
    n Int64
) engine = SummingMergeTree
order by (day, action, bucket)
settings non_replicated_deduplication_window = 100000;

create materialized view if not exists metrics_1d_from_events to metrics_1d as
select toDate32(event_time) as day, toString(action) as action,
       toUInt8(if(events.action != 'dwell' or dwell_ms = 0, 0,
                  least(1 + floor(log(dwell_ms) / log(1.1)), 159))) as bucket,
       count() as n
from events group by day, action, bucket;

-- When somebody last did something: whom the warmer serves.
create table if not exists user_active (
    user_id UInt128,
    at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) engine = AggregatingMergeTree
order by user_id
settings non_replicated_deduplication_window = 100000;

create materialized view if not exists user_active_from_events to user_active as
select user_id, max(event_time) as at from events where action != 'served' group by user_id;
