-- What became of the records of each range. A range that is closed again replaces itself.
CREATE TABLE IF NOT EXISTS ingest_batches (
    topic LowCardinality(String),
    k_epoch UInt32,
    k_partition UInt16,
    first_offset UInt64,
    last_offset UInt64,
    records UInt64 COMMENT 'kept + duplicates + buried + skipped',
    kept UInt64,
    duplicates UInt64,
    buried UInt64,
    skipped UInt64,
    hash UInt64 COMMENT 'xxh3 of the kept identities, in order',
    sealed_at DateTime64(6, 'UTC'),
    attempts UInt32
) ENGINE = ReplacingMergeTree
ORDER BY (topic, k_epoch, k_partition, first_offset, last_offset)
TTL toDateTime(sealed_at) + INTERVAL 30 DAY DELETE
SETTINGS non_replicated_deduplication_window = 100000;

-- How far an import came.
CREATE TABLE IF NOT EXISTS positions (
    topic LowCardinality(String),
    k_partition UInt16,
    next SimpleAggregateFunction(max, UInt64)
) ENGINE = AggregatingMergeTree
ORDER BY (topic, k_partition)
SETTINGS non_replicated_deduplication_window = 100000;

-- The topics as they were when they were first read: one that was made anew has another id.
CREATE TABLE IF NOT EXISTS topics (
    topic LowCardinality(String),
    topic_id String,
    partitions UInt16,
    k_epoch UInt32,
    noted_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(k_epoch)
ORDER BY topic
SETTINGS non_replicated_deduplication_window = 100000;
