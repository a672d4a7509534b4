-- Everything that counts as an interaction of a viewer with an author, one row each: a like by each of its two sides, a
-- comment by its row, a view, click or share by its event. Written again, a row replaces itself, so that neither a
-- repeated insert nor a repair can double it. It lives by `at`: of a like's two sides the one that holds lives longer.
CREATE TABLE IF NOT EXISTS user_author_90d (
    user_id UInt128,
    kind Enum8('like' = 1, 'like_event' = 2, 'comment' = 3, 'event' = 4),
    id UInt128 COMMENT 'of the post, of the comment, of the event',
    author_id UInt128,
    day Date32 COMMENT 'on which it counts',
    at DateTime64(6, 'UTC') COMMENT 'when it was written',
    counts UInt8 COMMENT '0: it was taken back',
    version UInt128
) ENGINE = ReplacingMergeTree(version)
ORDER BY (user_id, kind, id)
TTL toDateTime(at) + INTERVAL 92 DAY DELETE
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

-- The same, as long as the author is not known because the post is not; they move over when it comes.
CREATE TABLE IF NOT EXISTS authors_awaited (
    post_id UInt128,
    user_id UInt128,
    kind Enum8('like' = 1, 'like_event' = 2, 'comment' = 3, 'event' = 4),
    id UInt128 COMMENT 'of the post, of the comment, of the event',
    day Date32 COMMENT 'on which it counts',
    at DateTime64(6, 'UTC') COMMENT 'when it was written',
    counts UInt8 COMMENT '0: it was taken back',
    version UInt128,
    moved UInt8
) ENGINE = ReplacingMergeTree(version, moved)
ORDER BY (post_id, user_id, kind, id)
TTL toDateTime(at) + INTERVAL 92 DAY DELETE
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_author_90d_from_events TO user_author_90d AS
SELECT user_id, 'event' AS kind, event_id AS id, author_id, toDate32(event_time) AS day, event_time AS at,
       1 AS counts, toUInt128(1) AS version
FROM events WHERE action IN ('view', 'click', 'share') AND author_id != 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS authors_awaited_from_events TO authors_awaited AS
SELECT post_id, user_id, 'event' AS kind, event_id AS id, toDate32(event_time) AS day, event_time AS at,
       1 AS counts, toUInt128(1) AS version, 0 AS moved
FROM events WHERE action IN ('view', 'click', 'share') AND author_id = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_author_90d_from_like_events TO user_author_90d AS
SELECT user_id, 'like_event' AS kind, post_id AS id, author_id, toDate32(least(event_time, received_at)) AS day,
       least(event_time, received_at) AS at,
       action = 'like' AS counts,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) AS version
FROM events WHERE action IN ('like', 'unlike') AND author_id != 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS authors_awaited_from_like_events TO authors_awaited AS
SELECT post_id, user_id, 'like_event' AS kind, post_id AS id, toDate32(least(event_time, received_at)) AS day,
       least(event_time, received_at) AS at,
       action = 'like' AS counts,
       bitOr(bitShiftLeft(toUInt128(greatest(toUnixTimestamp64Micro(at), 0)), 64), toUInt128(k_offset)) AS version,
       0 AS moved
FROM events WHERE action IN ('like', 'unlike') AND author_id = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_author_90d_from_likes TO user_author_90d AS
SELECT user_id, 'like' AS kind, post_id AS id, post_author_id AS author_id,
       toDate32(if(_deleted, committed_at, created_at)) AS day, committed_at AS at,
       NOT _deleted AS counts, _rank AS version
FROM likes_cdc WHERE post_author_id != 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS authors_awaited_from_likes TO authors_awaited AS
SELECT post_id, user_id, 'like' AS kind, post_id AS id, toDate32(if(_deleted, committed_at, created_at)) AS day,
       committed_at AS at,
       NOT _deleted AS counts, _rank AS version, 0 AS moved
FROM likes_cdc WHERE post_author_id = 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS user_author_90d_from_comments TO user_author_90d AS
SELECT comments_cdc.author_id AS user_id, 'comment' AS kind, id, post_author_id AS author_id,
       toDate32(created_at) AS day, committed_at AS at,
       NOT gone AS counts, _rank AS version
FROM comments_cdc WHERE post_id != 0 AND post_author_id != 0;

CREATE MATERIALIZED VIEW IF NOT EXISTS authors_awaited_from_comments TO authors_awaited AS
SELECT post_id, comments_cdc.author_id AS user_id, 'comment' AS kind, id, toDate32(created_at) AS day,
       committed_at AS at,
       NOT gone AS counts, _rank AS version, 0 AS moved
FROM comments_cdc WHERE post_id != 0 AND post_author_id = 0;
