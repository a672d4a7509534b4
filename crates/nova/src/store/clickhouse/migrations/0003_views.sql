-- What the feed asks, in the order in which it asks. Every target has a deduplication window of its own: without one
-- a repeated insert into the source would count twice here.

-- Posts by author and time: F1 and F3.
CREATE TABLE posts_recent (
    author_id UInt128,
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    gone UInt8,
    _version UInt64
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (author_id, created_at, id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW posts_recent_from_posts TO posts_recent AS
SELECT author_id, created_at, id, gone, _version FROM posts_cdc WHERE author_id != 0;

-- Posts by time: the reserve.
CREATE TABLE posts_newest (
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    author_id UInt128,
    gone UInt8,
    _version UInt64
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (created_at, id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW posts_newest_from_posts TO posts_newest AS
SELECT created_at, id, author_id, gone, _version FROM posts_cdc WHERE author_id != 0;

-- The like as a register: set and unset by rows and by events, and the later one holds (of one moment the row). Above
-- the time's 64 bits nothing; below it one bit for a row and 63 for its version or the event's offset.
CREATE TABLE post_likes (
    post_id UInt128,
    user_id UInt128,
    liked UInt8,
    version UInt128
) ENGINE = ReplacingMergeTree(version)
ORDER BY (post_id, user_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW post_likes_from_rows TO post_likes AS
SELECT post_id, user_id, NOT _deleted AS liked,
       bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(committed_at)), 64),
             toUInt128(bitOr(bitShiftLeft(toUInt64(1), 63), _version))) AS version
FROM likes_cdc;

CREATE MATERIALIZED VIEW post_likes_from_events TO post_likes AS
SELECT post_id, user_id, action = 'like' AS liked,
       bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(least(event_time, received_at))), 64),
             toUInt128(k_offset)) AS version
FROM events WHERE action IN ('like', 'unlike');

-- Comments by post.
CREATE TABLE post_comments (
    post_id UInt128,
    id UInt128,
    gone UInt8,
    _version UInt64
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (post_id, id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW post_comments_from_rows TO post_comments AS
SELECT post_id, id, gone, _version FROM comments_cdc WHERE post_id != 0;

-- Counts by post and hour. Signed, so that an audit can repair by adding a difference.
CREATE TABLE post_metrics_1h (
    post_id UInt128,
    hour DateTime('UTC'),
    impressions Int64,
    views Int64,
    clicks Int64,
    shares Int64,
    dwells Int64,
    dwell_ms Int64
) ENGINE = SummingMergeTree
ORDER BY (post_id, hour)
TTL hour + INTERVAL 90 DAY DELETE
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW post_metrics_1h_from_events TO post_metrics_1h AS
SELECT post_id, toStartOfHour(event_time) AS hour, countIf(action = 'impression') AS impressions,
       countIf(action = 'view') AS views, countIf(action = 'click') AS clicks, countIf(action = 'share') AS shares,
       countIf(action = 'dwell') AS dwells, sumIf(toInt64(dwell_ms), action = 'dwell') AS dwell_ms
FROM events WHERE action IN ('impression', 'view', 'click', 'share', 'dwell')
GROUP BY post_id, hour;

-- Everything that counts as an interaction of a viewer with an author, one row each: a like by its register, a
-- comment by its row, a view, click or share by its event. Written again, a row replaces itself, so that neither a
-- repeated insert nor a repair can double it. A row whose post was not known yet has no author; the same row with its
-- author is the newer version (the lowest bit).
CREATE TABLE user_author_90d (
    user_id UInt128,
    kind Enum8('like' = 1, 'comment' = 2, 'event' = 3),
    id UInt128 COMMENT 'of the post or comment, of an event its partition << 64 | offset',
    author_id UInt128,
    post_id UInt128,
    day Date32,
    counts UInt8,
    version UInt128
) ENGINE = ReplacingMergeTree(version)
ORDER BY (user_id, kind, id)
TTL day + INTERVAL 92 DAY DELETE
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW user_author_90d_from_events TO user_author_90d AS
SELECT user_id, 'event' AS kind, bitOr(bitShiftLeft(toUInt128(k_partition), 64), toUInt128(k_offset)) AS id,
       author_id, post_id, toDate32(event_time) AS day, 1 AS counts, toUInt128(author_id != 0) AS version
FROM events WHERE action IN ('view', 'click', 'share') AND author_id != user_id;

CREATE MATERIALIZED VIEW user_author_90d_from_like_events TO user_author_90d AS
SELECT user_id, 'like' AS kind, post_id AS id, author_id, post_id,
       toDate32(least(event_time, received_at)) AS day, action = 'like' AS counts,
       bitOr(bitShiftLeft(bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(least(event_time, received_at))), 64),
             toUInt128(k_offset)), 1), toUInt128(author_id != 0)) AS version
FROM events WHERE action IN ('like', 'unlike') AND author_id != user_id;

CREATE MATERIALIZED VIEW user_author_90d_from_likes TO user_author_90d AS
SELECT user_id, 'like' AS kind, post_id AS id, post_author_id AS author_id, post_id, toDate32(created_at) AS day,
       NOT _deleted AS counts,
       bitOr(bitShiftLeft(bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(committed_at)), 64),
             toUInt128(bitOr(bitShiftLeft(toUInt64(1), 63), _version))), 1), toUInt128(post_author_id != 0)) AS version
FROM likes_cdc WHERE post_author_id != user_id;

CREATE MATERIALIZED VIEW user_author_90d_from_comments TO user_author_90d AS
SELECT author_id AS user_id, 'comment' AS kind, id, post_author_id AS author_id, post_id, toDate32(created_at) AS day,
       NOT gone AS counts, bitOr(bitShiftLeft(toUInt128(_version), 1), toUInt128(post_author_id != 0)) AS version
FROM comments_cdc WHERE post_id != 0 AND post_author_id != author_id;

-- What a viewer has seen, and when last.
CREATE TABLE user_seen_7d (
    user_id UInt128,
    post_id UInt128,
    seen_at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (user_id, post_id)
TTL toDateTime(seen_at) + INTERVAL 8 DAY DELETE
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW user_seen_7d_from_events TO user_seen_7d AS
SELECT user_id, post_id, max(event_time) AS seen_at
FROM events WHERE action IN ('impression', 'view', 'dwell', 'served')
GROUP BY user_id, post_id;

-- What a viewer has hidden: a register like the like's.
CREATE TABLE user_hidden (
    user_id UInt128,
    post_id UInt128,
    hidden UInt8,
    version UInt128
) ENGINE = ReplacingMergeTree(version)
ORDER BY (user_id, post_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW user_hidden_from_rows TO user_hidden AS
SELECT user_id, post_id, NOT _deleted AS hidden,
       bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(committed_at)), 64),
             toUInt128(bitOr(bitShiftLeft(toUInt64(1), 63), _version))) AS version
FROM hidden_posts_cdc;

CREATE MATERIALIZED VIEW user_hidden_from_events TO user_hidden AS
SELECT user_id, post_id, 1 AS hidden,
       bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Micro(least(event_time, received_at))), 64),
             toUInt128(k_offset)) AS version
FROM events WHERE action = 'hide';

-- Who blocks whom, from the other side.
CREATE TABLE blocked_by (
    target_id UInt128,
    user_id UInt128,
    _deleted UInt8,
    _version UInt64
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (target_id, user_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW blocked_by_from_blocks TO blocked_by AS
SELECT target_id, user_id, _deleted, _version FROM blocks_cdc;

-- Who follows whom, from the other side: suggestions.
CREATE TABLE followers (
    followee_id UInt128,
    follower_id UInt128,
    _deleted UInt8,
    _version UInt64
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (followee_id, follower_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW followers_from_follows TO followers AS
SELECT followee_id, follower_id, _deleted, _version FROM follows_cdc;

-- When somebody last did something: whom the warmer serves.
CREATE TABLE user_active (
    user_id UInt128,
    at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY user_id
SETTINGS non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW user_active_from_events TO user_active AS
SELECT user_id, max(event_time) AS at FROM events WHERE action != 'served' GROUP BY user_id;
