-- Records that could never be applied. The topic dead_letters has each of them too, written first: this table is where
-- they are looked for, listed and marked. The greatest version of a place holds: a later epoch of the topic, then the
-- letter that was put back last, then the one that was put aside first. An insert that is repeated changes nothing, so
-- none need be remembered.
CREATE TABLE IF NOT EXISTS dead_letters (
    topic LowCardinality(String) COMMENT 'without log.prefix',
    partition UInt16,
    offset UInt64,
    epoch UInt32 COMMENT 'raised when the topic was made anew',
    reason LowCardinality(String),
    detail String,
    key String COMMENT 'bytes as they were',
    value Nullable(String) COMMENT 'bytes as they were; null: a tombstone',
    received_at DateTime64(6, 'UTC'),
    buried_at DateTime64(6, 'UTC'),
    requeued_at Nullable(DateTime64(6, 'UTC')),
    version UInt128 COMMENT 'epoch << 96 | was put back << 64 | microseconds'
) ENGINE = ReplacingMergeTree(version)
ORDER BY (topic, partition, offset)
SETTINGS index_granularity = 512;
