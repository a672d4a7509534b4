-- What the tables of the source hold, one row a key: the greatest version holds, and a removal is a version too.
-- Ids are the 128 bits that everything else in Nova orders by. k_partition and k_offset say which record a row came
-- from: how what became of a batch is counted after an insert that was not answered.

CREATE TABLE users_cdc (
    id UInt128,
    created_at DateTime64(6, 'UTC'),
    gone UInt8 COMMENT 'deleted, softly or for good',
    _version UInt64 COMMENT 'epoch of the source << 56 | lsn',
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY id
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

-- A deleted post stays: its id must be known as gone, not as never seen.
CREATE TABLE posts_cdc (
    id UInt128,
    author_id UInt128,
    created_at DateTime64(6, 'UTC'),
    lang LowCardinality(String),
    topics Array(LowCardinality(String)),
    gone UInt8 COMMENT 'deleted, softly or for good',
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY id
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE comments_cdc (
    id UInt128,
    post_id UInt128 COMMENT '0: removed, and never seen before',
    author_id UInt128,
    post_author_id UInt128 COMMENT '0: the post was not known yet',
    created_at DateTime64(6, 'UTC'),
    gone UInt8,
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY id
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE likes_cdc (
    post_id UInt128,
    user_id UInt128,
    post_author_id UInt128 COMMENT '0: the post was not known yet',
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (post_id, user_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE follows_cdc (
    follower_id UInt128,
    followee_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (follower_id, followee_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE blocks_cdc (
    user_id UInt128,
    target_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (user_id, target_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE mutes_cdc AS blocks_cdc
ENGINE = ReplacingMergeTree(_version)
ORDER BY (user_id, target_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;

CREATE TABLE hidden_posts_cdc (
    user_id UInt128,
    post_id UInt128,
    created_at DateTime64(6, 'UTC'),
    _version UInt64,
    _deleted UInt8,
    committed_at DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(_version)
ORDER BY (user_id, post_id)
SETTINGS index_granularity = 512, non_replicated_deduplication_window = 100000;
