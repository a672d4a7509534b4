-- What the feed asks of events. Every target has a deduplication window of its own: without one a repeated insert
-- into the source would count twice here.

-- The event's side of a like and of a hidden post: of an event and a row the later time holds, of one time the row.
CREATE TABLE IF NOT EXISTS like_events (
    post_id UInt128,
    user_id UInt128,
    at DateTime64(6, 'UTC') COMMENT 'when it was given or taken back, no later than it was received',
    liked UInt8,
    version UInt128 COMMENT 'at << 64 | offset'
) ENGINE = ReplacingMergeTree(version)
ORDER BY (post_id, user_id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS like_events_from_events TO like_events AS
SELECT post_id, user_id, least(event_time, received_at) AS at, action = 'like' AS liked,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) AS version
FROM events WHERE action IN ('like', 'unlike');

CREATE TABLE IF NOT EXISTS hide_events (
    user_id UInt128,
    post_id UInt128,
    at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (user_id, post_id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS hide_events_from_events TO hide_events AS
SELECT user_id, post_id, max(least(event_time, received_at)) AS at
FROM events WHERE action = 'hide'
GROUP BY user_id, post_id;

-- What a viewer has seen, and when last.
CREATE TABLE IF NOT EXISTS user_seen_7d (
    user_id UInt128,
    post_id UInt128,
    seen_at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (user_id, post_id)
TTL toDateTime(seen_at) + INTERVAL 8 DAY DELETE
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_seen_7d_from_events TO user_seen_7d AS
SELECT user_id, post_id, max(event_time) AS seen_at
FROM events WHERE action IN ('impression', 'view', 'dwell', 'served')
GROUP BY user_id, post_id;

-- Counts by post and hour. Signed, so that an audit can repair by adding a difference.
CREATE TABLE IF NOT EXISTS post_metrics_1h (
    post_id UInt128,
    hour DateTime('UTC'),
    impressions Int64,
    views Int64,
    clicks Int64,
    likes Int64 COMMENT 'likes given less those taken back, as events said; what stands is asked of the registers',
    comments Int64 COMMENT 'as events said',
    shares Int64,
    dwells Int64,
    dwell_ms Int64
) ENGINE = SummingMergeTree
ORDER BY (post_id, hour)
TTL hour + INTERVAL 90 DAY DELETE
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS post_metrics_1h_from_events TO post_metrics_1h AS
SELECT post_id, toStartOfHour(event_time) AS hour, countIf(action = 'impression') AS impressions,
       countIf(action = 'view') AS views, countIf(action = 'click') AS clicks,
       toInt64(countIf(action = 'like')) - countIf(action = 'unlike') AS likes, countIf(action = 'comment') AS comments,
       countIf(action = 'share') AS shares, countIf(action = 'dwell') AS dwells,
       sumIf(toInt64(dwell_ms), action = 'dwell') AS dwell_ms
FROM events WHERE action NOT IN ('hide', 'served')
GROUP BY post_id, hour;

-- The counts that ranking reads, one row a post, for ever: hundreds of posts are asked for at once, so the granules are
-- smaller still.
CREATE TABLE IF NOT EXISTS post_totals (
    post_id UInt128,
    impressions Int64,
    shares Int64
) ENGINE = SummingMergeTree
ORDER BY post_id
SETTINGS index_granularity = 128, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS post_totals_from_events TO post_totals AS
SELECT post_id, countIf(action = 'impression') AS impressions, countIf(action = 'share') AS shares
FROM events WHERE action IN ('impression', 'share')
GROUP BY post_id;

-- Daily figures: events by action, dwells by bucket (0; then each a tenth wider than the one before; 160 in all).
CREATE TABLE IF NOT EXISTS metrics_1d (
    day Date32,
    action LowCardinality(String),
    bucket UInt8,
    n Int64
) ENGINE = SummingMergeTree
ORDER BY (day, action, bucket)
SETTINGS non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS metrics_1d_from_events TO metrics_1d AS
SELECT toDate32(event_time) AS day, toString(action) AS action,
       toUInt8(if(events.action != 'dwell' OR dwell_ms = 0, 0,
                  least(1 + floor(log(dwell_ms) / log(1.1)), 159))) AS bucket,
       count() AS n
FROM events GROUP BY day, action, bucket;

-- When somebody last did something: whom the warmer serves.
CREATE TABLE IF NOT EXISTS user_active (
    user_id UInt128,
    at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY user_id
SETTINGS non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_active_from_events TO user_active AS
SELECT user_id, max(event_time) AS at FROM events WHERE action != 'served' GROUP BY user_id;
