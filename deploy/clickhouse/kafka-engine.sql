-- ClickHouse reads the topic "events" itself, into the same table and the same views as Nova's consumer: for those who
-- cannot run that, or load what another program wrote. At least once, see docs/clickhouse.md for what is left out.
-- Never beside Nova's own consumer: every event would stand there twice.
--
-- Run in Nova's database after `nova serve` has made its tables once. To be changed where yours differ: the brokers, the
-- topic (with log.prefix), the group.

create table if not exists kafka_events (
    event_id String,
    event_time Nullable(String),
    user_id String,
    post_id String,
    action String,
    dwell_ms Nullable(UInt32),
    device Nullable(String),
    app_ver Nullable(String)
) engine = Kafka
settings kafka_broker_list = 'kafka:9092',
         kafka_topic_list = 'events',
         kafka_group_name = 'clickhouse',
         kafka_format = 'JSONEachRow',
         -- as many threads as the server has processors to spare for it, at most the topic's partitions
         kafka_num_consumers = 2,
         kafka_thread_per_consumer = 1,
         -- a block is written when it is full or this old
         kafka_max_block_size = 65536,
         kafka_poll_max_batch_size = 65536,
         kafka_flush_interval_ms = 1000,
         -- a record that cannot be read is no end: it is in _raw_message, with _error
         kafka_handle_error_mode = 'stream';

-- What cannot be read is kept for somebody to look at; nothing puts it back.
create table if not exists kafka_events_refused (
    received_at DateTime64(6, 'UTC'),
    k_partition UInt16,
    k_offset UInt64,
    error String,
    message String
) engine = MergeTree
order by (k_partition, k_offset)
ttl toDateTime(received_at) + interval 30 day delete;

create materialized view if not exists kafka_events_refused_from_kafka to kafka_events_refused as
select toDateTime64(_timestamp_ms, 6, 'UTC') as received_at, toUInt16(_partition) as k_partition,
       toUInt64(_offset) as k_offset, _error as error, _raw_message as message
from kafka_events where length(_error) > 0;

-- An id is a UUID, or a number, which stands for itself behind the eight bytes of "nova" and zeros.
create materialized view if not exists events_from_kafka to events as
with id -> if(length(id) = 36, toUInt128(toUUIDOrZero(id)),
              bitOr(bitShiftLeft(toUInt128(0x6e6f766100000000), 64), toUInt128(toUInt64OrZero(id)))) as bits
select bits(user_id) as user_id, bits(event_id) as event_id, bits(post_id) as post_id, toUInt128(0) as author_id,
       action, ifNull(dwell_ms, 0) as dwell_ms, ifNull(device, '') as device, ifNull(app_ver, '') as app_ver,
       ifNull(parseDateTime64BestEffortOrNull(event_time, 6, 'UTC'), received_at) as event_time,
       toDateTime64(_timestamp_ms, 6, 'UTC') as received_at,
       toUInt32(1) as k_epoch, toUInt16(_partition) as k_partition, toUInt64(_offset) as k_offset
from kafka_events
where length(_error) = 0
  and action in ('impression', 'view', 'click', 'like', 'unlike', 'comment', 'share', 'dwell', 'hide', 'served');
