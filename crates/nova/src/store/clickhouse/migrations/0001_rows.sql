-- What the tables of the source hold, one row a key: the greatest rank holds, and a removal is a row too. Ids are the
-- 128 bits that everything else in Nova orders by. k_partition and k_offset say which record a row came from.
--
-- Small granules and blocks: the feed looks single keys up, and reads no more than it must.

create table if not exists users_cdc (
    id UInt128,
    gone UInt8 comment 'deleted, softly or for good',
    _version UInt64 comment 'epoch of the source << 56 | lsn',
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128 comment '_version << 64 | (2^64 - 1 - k_offset): of one version the first in the log holds'
) engine = ReplacingMergeTree(_rank)
order by id
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

-- A deleted post stays: its id must be known as gone, not as never seen.
create table if not exists posts_cdc (
    id UInt128,
    author_id UInt128 comment '0: removed, and never seen before',
    created_at DateTime64(6, 'UTC'),
    lang LowCardinality(String),
    topics Array(LowCardinality(String)),
    gone UInt8 comment 'deleted, softly or for good',
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by id
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists comments_cdc (
    id UInt128,
    post_id UInt128 comment '0: removed, and never seen before',
    author_id UInt128,
    post_author_id UInt128 comment '0: the post was not known yet',
    created_at DateTime64(6, 'UTC'),
    gone UInt8,
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by id
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists likes_cdc (
    post_id UInt128,
    user_id UInt128,
    post_author_id UInt128 comment '0: the post was not known yet',
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (post_id, user_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists follows_cdc (
    follower_id UInt128,
    followee_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (follower_id, followee_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists blocks_cdc (
    user_id UInt128,
    target_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (user_id, target_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists mutes_cdc (
    user_id UInt128,
    target_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (user_id, target_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;

create table if not exists hidden_posts_cdc (
    user_id UInt128,
    post_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') codec(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    _rank UInt128
) engine = ReplacingMergeTree(_rank)
order by (user_id, post_id)
settings index_granularity = 512, min_compress_block_size = 8192, max_compress_block_size = 16384,
         non_replicated_deduplication_window = 100000;
