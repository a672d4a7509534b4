-- Records that could never be applied. The topic dead_letters has each of them too, written first: this table is where
-- they are looked for, listed and marked. The greatest version of a place holds: a later epoch of the topic, then the
-- letter that was put back last, then the one that was put aside first. An insert that is repeated changes nothing, so
-- none need be remembered.
create table if not exists dead_letters (
    topic LowCardinality(String) comment 'without log.prefix',
    partition UInt16,
    offset UInt64,
    epoch UInt32 comment 'raised when the topic was made anew',
    reason LowCardinality(String),
    detail String,
    key String comment 'bytes as they were',
    value Nullable(String) comment 'bytes as they were; null: a tombstone',
    received_at DateTime64(6, 'UTC'),
    buried_at DateTime64(6, 'UTC'),
    requeued_at Nullable(DateTime64(6, 'UTC')),
    version UInt128 comment 'epoch << 96 | was put back << 64 | microseconds'
) engine = ReplacingMergeTree(version)
order by (topic, partition, offset)
settings index_granularity = 512;
