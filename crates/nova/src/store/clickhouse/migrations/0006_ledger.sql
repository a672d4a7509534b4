-- What became of the records of each range. A range that is closed again replaces itself.
create table if not exists ingest_batches (
    topic LowCardinality(String),
    k_epoch UInt32,
    k_partition UInt16,
    first_offset UInt64,
    last_offset UInt64,
    records UInt64 comment 'kept + duplicates + buried + skipped',
    kept UInt64,
    duplicates UInt64,
    buried UInt64,
    skipped UInt64,
    hash UInt64 comment 'xxh3 of the kept identities, in order',
    sealed_at DateTime64(6, 'UTC'),
    attempts UInt32
) engine = ReplacingMergeTree
order by (topic, k_epoch, k_partition, first_offset, last_offset)
ttl toDateTime(sealed_at) + interval 30 day delete
settings non_replicated_deduplication_window = 100000;

-- How far an import came.
create table if not exists positions (
    topic LowCardinality(String),
    k_partition UInt16,
    next SimpleAggregateFunction(max, UInt64)
) engine = AggregatingMergeTree
order by (topic, k_partition)
settings non_replicated_deduplication_window = 100000;

-- The topics as they were when they were first read: one that was made anew has another id.
create table if not exists topics (
    topic LowCardinality(String),
    topic_id String,
    partitions UInt16,
    k_epoch UInt32,
    noted_at DateTime64(6, 'UTC')
) engine = ReplacingMergeTree(k_epoch)
order by topic
settings non_replicated_deduplication_window = 100000;
