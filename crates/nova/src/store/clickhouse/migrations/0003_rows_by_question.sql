-- What the feed asks of the rows, in the order in which it asks.

-- Posts by author and time: F1 and F3. A post whose date is changed leaves a row behind that is marked as gone.
create table if not exists posts_recent (
    author_id UInt128,
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    gone UInt8,
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (author_id, created_at, id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists posts_recent_from_posts to posts_recent as
select author_id, created_at, id, gone, _rank from posts_cdc where author_id != 0;

-- Posts by time: the reserve and what trends.
create table if not exists posts_newest (
    created_at DateTime64(6, 'UTC'),
    id UInt128,
    author_id UInt128,
    gone UInt8,
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (created_at, id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists posts_newest_from_posts to posts_newest as
select created_at, id, author_id, gone, _rank from posts_cdc where author_id != 0;

-- Comments by post.
create table if not exists post_comments (
    post_id UInt128,
    id UInt128,
    gone UInt8,
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (post_id, id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists post_comments_from_comments to post_comments as
select post_id, id, gone, _rank from comments_cdc where post_id != 0;

-- Who blocks whom and who follows whom, from the other side.
create table if not exists blocked_by (
    target_id UInt128,
    user_id UInt128,
    _deleted UInt8,
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (target_id, user_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists blocked_by_from_blocks to blocked_by as
select target_id, user_id, _deleted, _rank from blocks_cdc;

create table if not exists followers (
    followee_id UInt128,
    follower_id UInt128,
    _deleted UInt8,
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (followee_id, follower_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create materialized view if not exists followers_from_follows to followers as
select followee_id, follower_id, _deleted, _rank from follows_cdc;
