-- What people did, each event once. Sorted so that one identity (user, event) is found exactly by key; a thousand
-- of them are looked up at once, in every day that is kept, so the granules are small.
create table if not exists events (
    user_id UInt128,
    event_id UInt128,
    post_id UInt128,
    author_id UInt128 comment 'the author of the post, 0: not known yet',
    action Enum8('impression' = 1, 'view' = 2, 'click' = 3, 'like' = 4, 'unlike' = 5, 'comment' = 6, 'share' = 7,
        'dwell' = 8, 'hide' = 9, 'served' = 10),
    dwell_ms UInt32,
    device LowCardinality(String),
    app_ver LowCardinality(String),
    event_time DateTime64(6, 'UTC') codec(Delta, LZ4),
    received_at DateTime64(6, 'UTC') comment 'by the log' codec(Delta, LZ4),
    k_epoch UInt32 comment 'raised when the topic was made anew',
    k_partition UInt16,
    k_offset UInt64 codec(Delta, LZ4),
    index by_event event_id type bloom_filter(0.01) granularity 4,
    index by_post post_id type bloom_filter(0.01) granularity 4,
    index k_offsets k_offset type minmax granularity 1,
    -- atomic with the rows of its part: what the ledger is held against
    projection audit (
        select k_epoch, k_partition, toStartOfHour(received_at) as hour, count(), min(k_offset), max(k_offset),
               sum(k_offset)
        group by k_epoch, k_partition, hour
    )
) engine = MergeTree
partition by toYYYYMMDD(received_at)
order by (user_id, event_id)
ttl toDateTime(received_at) + interval 30 day delete
settings index_granularity = 1024, non_replicated_deduplication_window = 100000, ttl_only_drop_parts = 1;
