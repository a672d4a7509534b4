-- What people did, each event once. Sorted so that one identity (user, event) is found exactly by key; a thousand
-- of them are looked up at once, in every day that is kept, so the granules are small.
CREATE TABLE IF NOT EXISTS events (
    user_id UInt128,
    event_id UInt128,
    post_id UInt128,
    author_id UInt128 COMMENT 'the author of the post, 0: not known yet',
    action Enum8('impression' = 1, 'view' = 2, 'click' = 3, 'like' = 4, 'unlike' = 5, 'comment' = 6, 'share' = 7,
        'dwell' = 8, 'hide' = 9, 'served' = 10),
    dwell_ms UInt32,
    device LowCardinality(String),
    app_ver LowCardinality(String),
    event_time DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    received_at DateTime64(6, 'UTC') COMMENT 'by the log' CODEC(Delta, LZ4),
    k_epoch UInt32 COMMENT 'raised when the topic was made anew',
    k_partition UInt16,
    k_offset UInt64 CODEC(Delta, LZ4),
    INDEX by_event event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_post post_id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX k_offsets k_offset TYPE minmax GRANULARITY 1,
    -- atomic with the rows of its part: what the ledger is held against
    PROJECTION audit (
        SELECT k_epoch, k_partition, toStartOfHour(received_at) AS hour, count(), min(k_offset), max(k_offset),
               sum(k_offset)
        GROUP BY k_epoch, k_partition, hour
    )
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(received_at)
ORDER BY (user_id, event_id)
TTL toDateTime(received_at) + INTERVAL 30 DAY DELETE
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 100000, ttl_only_drop_parts = 1;
