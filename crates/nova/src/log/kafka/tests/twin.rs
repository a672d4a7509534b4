//! What only this twin promises: topics as they must be, keys and their partitions, installations beside each other,
//! positions that Kafka lost.

use bytes::Bytes;
use nova_core::error::Kind;
use nova_core::model::Table;
use rdkafka::admin::{AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tokio::time::Instant;

use super::*;
use crate::log::{BatchLimit, Entry, LogReader, Positions, Record, Topic};

const POSTS: Topic = Topic::Change(Table::Posts);

fn records(key: &str, count: usize, bytes: usize) -> Vec<Record> {
    let value = Bytes::from(vec![b'v'; bytes]);
    vec![Record { key: Bytes::copy_from_slice(key.as_bytes()), value: Some(value) }; count]
}

fn limit(records_max: usize) -> BatchLimit {
    BatchLimit { records_max, wait_max: Duration::from_secs(20) }
}

async fn read(reader: &mut Box<dyn LogReader>, count: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    while entries.len() < count {
        let batch = reader.next(limit(count - entries.len())).await.unwrap();
        assert!(!batch.entries.is_empty(), "only {} of {count} came", entries.len());
        entries.extend(batch.entries);
    }
    entries
}

fn admin(config: &KafkaLogConfig) -> AdminClient<Traced> {
    config.client().create_with_context(Traced).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_is_not_as_it_must_be_has_a_line_that_says_what_to_do() {
    let cleared = Cleared(config());
    let config = &cleared.0;
    let (admin, events, posts) = (admin(config), config.topic(Topic::Events), config.topic(POSTS));
    let fixed = || TopicReplication::Fixed(1);
    let made = [
        NewTopic::new(&events, 3, fixed())
            .set("message.timestamp.type", "CreateTime")
            .set("retention.ms", "-1"),
        NewTopic::new(&posts, 1, fixed())
            .set("message.timestamp.type", "LogAppendTime")
            .set("cleanup.policy", "compact")
            .set("retention.ms", "3600000")
            .set("max.message.bytes", "1000"),
    ];
    admin.create_topics(&made, &options(config)).await.unwrap();
    let strict = KafkaLogConfig { min_insync: Some(2), ..config.clone() };
    let refused = KafkaLog::open(strict.clone()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (Kind::Rejected, "topics_differ"));
    let lines: Vec<_> = refused.detail().lines().collect();
    for (topic, says) in [
        (&events, "partitions is 3, must be 2: set log.events_partitions = 3"),
        (&events, "message.timestamp.type is CreateTime, must be LogAppendTime: kafka-configs --alter"),
        (&events, "min.insync.replicas is 1, must be 2 or more: kafka-configs --alter"),
        (&posts, "cleanup.policy is compact, must be delete: kafka-configs --alter"),
        (&posts, "retention.ms is 3600000, must be 604800000 or more: kafka-configs --alter"),
        (&posts, "max.message.bytes is 1000, must be 1001024 or more: kafka-configs --alter"),
        (&posts, "min.insync.replicas is 1, must be 2 or more: kafka-configs --alter"),
    ] {
        let line = format!("topic {topic}: {says}");
        assert!(lines.iter().any(|it| it.starts_with(&line)), "no {line:?} in {lines:#?}");
    }
    assert_eq!(lines.len(), 7, "{lines:#?}");

    // the cures cure
    let lenient = KafkaLogConfig { events_partitions: 3, ..config.clone() };
    let cures = [
        AlterConfig::new(ResourceSpecifier::Topic(&events)).set("message.timestamp.type", "LogAppendTime"),
        AlterConfig::new(ResourceSpecifier::Topic(&posts)).set("message.timestamp.type", "LogAppendTime"),
    ];
    let cured = admin.alter_configs(&cures, &options(config)).await.unwrap();
    assert!(cured.iter().all(Result::is_ok), "{cured:?}");
    // a broker knows of a change a moment after it was confirmed
    testbed::until("the cures cure", async || {
        let Err(refused) = KafkaLog::open(lenient.clone()).await else { return Some(()) };
        assert_eq!(refused.code(), "topics_differ", "{refused:?}");
        let old =
            ["timestamp.type is CreateTime", "policy is compact", "retention.ms is 3600000", "bytes is 1000"];
        assert!(refused.detail().lines().all(|line| old.iter().any(|old| line.contains(old))), "{refused:?}");
        None
    })
    .await;
    let too_many = KafkaLogConfig { replication: Some(1_000), ..super::config() };
    let refused = KafkaLog::open(too_many).await.unwrap_err();
    assert_eq!((refused.kind(), refused.field()), (Kind::Rejected, "log.replication"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn installations_on_one_cluster_do_not_see_each_other() {
    let (one, other) = (Cleared(config()), Cleared(config()));
    let (first, second) =
        (KafkaLog::open(one.0.clone()).await.unwrap(), KafkaLog::open(other.0.clone()).await.unwrap());
    let end = first.append(Topic::Events, records("u", 3, 10)).await.unwrap();
    first.commit("index", &end).await.unwrap();
    assert!(second.ends().await.unwrap().is_empty());
    assert_eq!(second.committed("index").await.unwrap(), None);
    let mut reader = second.read(&Topic::ALL, &Positions::default()).await.unwrap();
    second.append(Topic::Events, records("mine", 1, 10)).await.unwrap();
    assert_eq!(read(&mut reader, 1).await[0].record.key, "mine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_goes_where_kafkas_own_clients_put_it() {
    let cleared = Cleared(KafkaLogConfig { events_partitions: 12, ..config() });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    // hashes from the tests of Kafka's own murmur2
    for (key, hash) in [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ("", 275_646_681),
    ] {
        let positions = log.append(Topic::Events, records(key, 2, 10)).await.unwrap();
        let partition = (hash & i32::MAX) % 12;
        let expected = [((Topic::Events, u16::try_from(partition).unwrap()), 2)];
        assert_eq!(positions.iter().collect::<Vec<_>>(), expected, "{key:?}");
        assert_eq!(i32::from(log.partition_of(Topic::Events, key.as_bytes())), partition, "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_is_refused_before_anything_is_sent() {
    let cleared = Cleared(KafkaLogConfig { record_bytes_max: 10_000, ..config() });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let mut mixed = records("u", 3, 100);
    mixed.extend(records("u", 1, 10_000));
    let refused = log.append(Topic::Events, mixed).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (Kind::Rejected, "too_large"));
    assert!(log.ends().await.unwrap().is_empty());
    // the bound itself is taken
    log.append(Topic::Events, records("u", 1, 9_999)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_again_comes_by_time_over_all_topics() {
    // little room: the events fill their lane long before they are read
    let cleared = Cleared(KafkaLogConfig { ahead_bytes_max: 256 << 10, ..config() });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    for key in ["a", "b", "c", "d"] {
        log.append(Topic::Events, records(key, 500, 500)).await.unwrap();
    }
    log.append(POSTS, records("p", 20, 100)).await.unwrap();
    let mut reader = log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    let entries = read(&mut reader, 2_020).await;
    // rows may be a minute ahead of events, so these come first; after them the events of both partitions by time
    assert!(entries[..20].iter().all(|entry| entry.place.topic == POSTS));
    let times: Vec<_> = entries[20..].iter().map(|entry| entry.received_at).collect();
    assert!(times.is_sorted());
    assert!(entries[20..].iter().any(|entry| entry.place.partition == 1));
    // live now: a post behind events waits for nobody
    log.append(Topic::Events, records("a", 5, 10)).await.unwrap();
    log.append(POSTS, records("p", 1, 10)).await.unwrap();
    assert_eq!(read(&mut reader, 6).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_whose_records_were_dropped_says_so_and_skips_nothing() {
    let cleared = Cleared(KafkaLogConfig { ahead_bytes_max: 64 << 10, ..config() });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let mut end = Positions::default();
    for _ in 0..20 {
        end.advance_all(&log.append(Topic::Events, records("u", 100, 2_000)).await.unwrap());
    }
    let ((topic, partition), end) = end.iter().next().unwrap();
    let mut reader = log.read(&[topic], &Positions::default()).await.unwrap();
    let mut next = u64::try_from(read(&mut reader, 10).await.len()).unwrap();

    let mut dropped = TopicPartitionList::new();
    let upto = Offset::Offset(i64::try_from(end - 5).unwrap());
    dropped.add_partition_offset(&cleared.0.topic(topic), i32::from(partition), upto).unwrap();
    let dropped = admin(&cleared.0).delete_records(&dropped, &options(&cleared.0)).await.unwrap();
    assert!(dropped.elements().iter().all(|at| at.error().is_ok()), "{dropped:?}");
    let refused = loop {
        match reader.next(limit(100)).await {
            Ok(batch) => {
                assert!(!batch.entries.is_empty(), "nothing is said of what was dropped behind {next}");
                for entry in batch.entries {
                    assert_eq!(entry.place.offset, next);
                    next += 1;
                }
            }
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused.kind(), Kind::Corrupt, "{refused:?}");
    assert!(next < end - 5);
    // it stays so, and whoever begins anew from there is told at once
    assert_eq!(reader.next(limit(1)).await.unwrap_err().kind(), Kind::Corrupt);
    let mut stood = Positions::default();
    stood.advance(topic, partition, next);
    let refused = log.read(&[topic], &stood).await.map(drop).unwrap_err();
    let says = format!("events, partition {partition}, starts at {}, {next} was dropped", end - 5);
    assert_eq!((refused.kind(), refused.detail()), (Kind::Corrupt, says.as_str()));
    assert_eq!(log.starts().await.unwrap().get(topic, partition), Some(end - 5));
}

/// What came; nothing where it may be asked again.
fn retried<T>(answer: Result<T>) -> Option<T> {
    answer.inspect_err(|error| assert!(error.kind().retry(), "{error:?}")).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_made_anew_is_another_and_is_written_to_again() {
    let cleared = Cleared(config());
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let made = log.made().await.unwrap();
    assert_eq!(made.iter().map(|it| it.topic).collect::<Vec<_>>(), Topic::ALL);
    assert!(made.iter().all(|it| it.partitions == cleared.0.partitions(it.topic)));
    assert_eq!(log.made().await.unwrap(), made, "it stays what it was");
    for _ in 0..3 {
        log.append(Topic::Events, records("u", 10, 10)).await.unwrap();
    }

    let (admin, events) = (admin(&cleared.0), cleared.0.topic(Topic::Events));
    admin.delete_topics(&[&events], &options(&cleared.0)).await.unwrap();
    // Kafka deletes in the background: the name is free when the topic can be made, and a broker may tell of the old one
    // for a while
    let anew = testbed::until("the topic is made anew", async || {
        let again = retried(KafkaLog::open(cleared.0.clone()).await)?;
        let anew = retried(again.made().await)?;
        (anew != made).then_some(anew)
    })
    .await;
    for (before, after) in made.iter().zip(&anew) {
        assert_eq!(before.id == after.id, before.topic != Topic::Events, "{}", before.topic.name());
    }
    // the producer that wrote to the old one finds to the new one, at worst after calls that fail
    let mut failed = 0;
    let end = loop {
        match log.append(Topic::Events, records("u", 1, 10)).await {
            Ok(end) => break end,
            Err(error) => assert!(error.kind().retry(), "{error:?}"),
        }
        failed += 1;
        assert!(failed < 100, "it never finds to the new topic");
    };
    let ends = log.ends().await.unwrap();
    assert!(ends.covers(&end), "{ends} {end}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_that_ends_with_a_transaction_holds_up_nobody() {
    let cleared = Cleared(config());
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    // as a connector with exactly-once delivery writes
    let name = cleared.0.topic(POSTS);
    let mut settings = cleared.0.client();
    let producer: BaseProducer = settings.set("transactional.id", &name).create().unwrap();
    tokio::task::block_in_place(|| {
        producer.init_transactions(Duration::from_secs(20)).unwrap();
        for number in 0..3 {
            producer.begin_transaction().unwrap();
            producer.send(BaseRecord::to(&name).key("p").payload(&format!("{number}"))).unwrap();
            producer.commit_transaction(Duration::from_secs(20)).unwrap();
        }
    });
    log.append(Topic::Events, records("u", 5, 10)).await.unwrap();
    let asked = Instant::now();
    let mut reader = log.read(&Topic::ALL, &Positions::default()).await.unwrap();
    let entries = read(&mut reader, 8).await;
    assert!(entries[..3].iter().all(|entry| entry.place.topic == POSTS), "and it still comes first");
    let offsets: Vec<_> = entries[..3].iter().map(|entry| entry.place.offset).collect();
    assert_eq!(offsets, [0, 2, 4], "a mark stands behind each");
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
}
