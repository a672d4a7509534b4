-- Each topic of the log as it was when the store was filled from it: under the same offsets another topic means other
-- records. An operator who knows why it is another raises the epoch.
create table if not exists topics (
    topic LowCardinality(String),
    id String,
    partitions UInt16,
    epoch UInt32,
    noted_at DateTime64(6, 'UTC') default now64(6)
) engine = ReplacingMergeTree(epoch)
order by topic;
