-- What the feed asks of the rows, in the order in which it asks.

-- Posts by author and time: F1 and F3. A post whose date is changed leaves a row behind that is marked as gone.
CREATE TABLE IF NOT EXISTS posts_recent (
    author_id UInt128,
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    gone UInt8,
    _rank UInt128
) ENGINE = ReplacingMergeTree(_rank)
ORDER BY (author_id, created_at, id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS posts_recent_from_posts TO posts_recent AS
SELECT author_id, created_at, id, gone, _rank FROM posts_cdc WHERE author_id != 0;

-- Posts by time: the reserve and what trends.
CREATE TABLE IF NOT EXISTS posts_newest (
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    author_id UInt128,
    gone UInt8,
    _rank UInt128
) ENGINE = ReplacingMergeTree(_rank)
ORDER BY (created_at, id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS posts_newest_from_posts TO posts_newest AS
SELECT created_at, id, author_id, gone, _rank FROM posts_cdc WHERE author_id != 0;

-- Comments by post.
CREATE TABLE IF NOT EXISTS post_comments (
    post_id UInt128,
    id UInt128,
    gone UInt8,
    _rank UInt128
) ENGINE = ReplacingMergeTree(_rank)
ORDER BY (post_id, id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS post_comments_from_comments TO post_comments AS
SELECT post_id, id, gone, _rank FROM comments_cdc WHERE post_id != 0;

-- Who blocks whom and who follows whom, from the other side.
CREATE TABLE IF NOT EXISTS blocked_by (
    target_id UInt128,
    user_id UInt128,
    _deleted UInt8,
    _rank UInt128
) ENGINE = ReplacingMergeTree(_rank)
ORDER BY (target_id, user_id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS blocked_by_from_blocks TO blocked_by AS
SELECT target_id, user_id, _deleted, _rank FROM blocks_cdc;

CREATE TABLE IF NOT EXISTS followers (
    followee_id UInt128,
    follower_id UInt128,
    _deleted UInt8,
    _rank UInt128
) ENGINE = ReplacingMergeTree(_rank)
ORDER BY (followee_id, follower_id)
SETTINGS index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

CREATE MATERIALIZED VIEW IF NOT EXISTS followers_from_follows TO followers AS
SELECT followee_id, follower_id, _deleted, _rank FROM follows_cdc;
