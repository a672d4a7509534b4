//! Records that cannot be used, on every topic: put aside to the byte with what stood beside them, and put back as they
//! were.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use nova::ingest::change::columns;
use nova::log::{DeadLetter, DeadLetters as _, Headers, KafkaDeadLetters, Reason, Topic};
use nova_core::clock::Clock as _;
use nova_core::model::{Table, Timestamp};
use rdkafka::Message as _;
use rdkafka::admin::{AdminOptions, AlterConfig, ResourceSpecifier};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Header, Headers as _, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};

use crate::chain::Chain;
use crate::services;
use crate::testbed::until;

const LARGE: usize = 5 << 20;

fn beside() -> Headers {
    let bytes = |bytes: &'static [u8]| Some(Bytes::from_static(bytes));
    vec![
        ("traceparent".to_owned(), bytes(b"00-1-2-01")),
        ("x".to_owned(), bytes(&[0xff, 0])),
        ("x".to_owned(), None),
    ]
}

/// What is wrong, and the reason of its letter.
fn poison(topic: Topic) -> Vec<(Bytes, Reason)> {
    let mut all = vec![
        (Bytes::from_static(b"{\"op\":\"c\",\"after\":{"), Reason::Malformed),
        (Bytes::from_static(b"\x00\xff\xfe"), Reason::Malformed),
        (Bytes::from_static(b"[1,2]"), Reason::Invalid),
        (Bytes::from_static(b"{\"hello\":\"world\"}"), Reason::Invalid),
    ];
    if let Topic::Change(table) = topic {
        // a row of this very table, but for whose it says it is
        let row = columns(table).iter().map(|name| match *name {
            "created_at" => format!("\"{name}\":\"2026-01-01T00:00:00Z\""),
            name if name == "id" || name.ends_with("_id") => format!("\"{name}\":1"),
            name => format!("\"{name}\":null"),
        });
        let row = row.collect::<Vec<_>>().join(",");
        let value =
            format!("{{\"op\":\"c\",\"after\":{{{row}}},\"source\":{{\"lsn\":7,\"table\":\"orders\"}}}}");
        all.push((Bytes::from(value), Reason::Invalid));
    }
    match topic {
        Topic::Events => all.push((
            Bytes::from_static(b"{\"event_id\":7,\"user_id\":true,\"post_id\":[],\"action\":{}}"),
            Reason::Invalid,
        )),
        Topic::Change(_) => all.extend([
            (
                Bytes::from_static(b"{\"op\":\"c\",\"after\":{\"id\":true},\"source\":{\"lsn\":7}}"),
                Reason::Invalid,
            ),
            (Bytes::from_static(b"{\"op\":\"c\",\"after\":{\"id\":1},\"source\":{}}"), Reason::Unversioned),
            (Bytes::from_static(b"{\"op\":\"z\",\"after\":{},\"source\":{\"lsn\":7}}"), Reason::Operation),
        ]),
    }
    all
}

/// Whoever else writes to the topics.
struct Stranger(FutureProducer);

impl Stranger {
    fn of(chain: &Chain) -> Self {
        let mut client = chain.place.log.config().client();
        // as Debezium and Kafka's own clients: what is put back comes to the same partition
        client.set("partitioner", "murmur2_random");
        Self(client.set("message.max.bytes", (LARGE + 4_096).to_string()).create().expect("a producer"))
    }

    async fn write(&self, topic: &str, key: &[u8], value: &[u8]) {
        let headers = beside().iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: value.as_deref() })
        });
        let record = FutureRecord::to(topic).key(key).payload(value).headers(headers);
        self.0.send(record, Duration::from_secs(20)).await.expect("written");
    }
}

fn letters(chain: &Chain) -> KafkaDeadLetters {
    let epochs = Topic::ALL.iter().map(|topic| (*topic, 1)).collect();
    KafkaDeadLetters::new(std::sync::Arc::clone(&chain.place.log), chain.db.clone(), epochs)
}

/// The newest record of a partition, with what stands beside it.
fn last(chain: &Chain, topic: Topic, partition: u16) -> (Vec<u8>, Vec<u8>, Headers) {
    let mut client = chain.place.log.config().reader(1);
    let client: BaseConsumer = client.set("group.id", "another").create().expect("a client");
    let mut list = TopicPartitionList::new();
    let name = chain.place.log.config().topic(topic);
    list.add_partition_offset(&name, i32::from(partition), Offset::OffsetTail(1)).expect("an offset");
    client.assign(&list).expect("assigned");
    let message = std::iter::from_fn(|| Some(client.poll(Duration::from_secs(20))));
    let message = message.flatten().find_map(Result::ok).expect("a record");
    let headers = message.headers().expect("headers");
    let copy = |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(Bytes::copy_from_slice));
    let bytes = |bytes: Option<&[u8]>| bytes.expect("bytes").to_vec();
    (bytes(message.key()), bytes(message.payload()), headers.iter().map(copy).collect())
}

async fn waiting(dead: &KafkaDeadLetters, count: u64) {
    until("the letters", async || (dead.waiting().await.ok()? == count).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_of_every_topic_is_put_aside_and_put_back_as_it_was() {
    let _used = services::used().await;
    let mut chain = Chain::new().await;
    let (stranger, dead) = (Stranger::of(&chain), letters(&chain));
    let config = chain.place.log.config().clone();
    let mut wanted = BTreeMap::new();
    for topic in Topic::ALL {
        for (number, (value, reason)) in poison(topic).into_iter().enumerate() {
            let key = format!("{} {number}", topic.name());
            stranger.write(&config.topic(topic), key.as_bytes(), &value).await;
            wanted.insert(key, (topic, value, reason));
        }
    }
    chain.consume().await;
    waiting(&dead, wanted.len() as u64).await;
    let found = dead.list(1_000, None).await.expect("letters");
    for letter in &found {
        let (topic, value, reason) = &wanted[std::str::from_utf8(&letter.key).expect("a key")];
        assert_eq!(
            (letter.place.topic, letter.reason, letter.value.as_ref()),
            (*topic, *reason, Some(value))
        );
        assert_eq!(letter.headers, beside());
        assert!(letter.received_at > Timestamp::from_micros(0) && !letter.detail.is_empty(), "{letter:?}");
    }
    // put back, each is the same record again, and told from its first time
    chain.rest().await;
    for letter in found.iter().step_by(4) {
        dead.requeue(letter.place, nova::app::SystemClock.now()).await.expect("put back");
        let (key, value, headers) = last(&chain, letter.place.topic, letter.place.partition);
        assert_eq!(
            (key, Some(value)),
            (letter.key.to_vec(), letter.value.as_ref().map(|value| value.to_vec()))
        );
        let mut expected = beside();
        expected.push(("nova-replay-of".to_owned(), Some(Bytes::from(DeadLetter::id(letter.place)))));
        assert_eq!(headers, expected);
    }
    // its cause is not gone: it is put aside once more
    let again = found.len().div_ceil(4) as u64;
    chain.consume().await;
    waiting(&dead, wanted.len() as u64).await;
    assert_eq!(dead.list(1_000, None).await.expect("letters").len() as u64, wanted.len() as u64 + again);
    chain.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_larger_than_nova_writes_is_put_aside_and_put_back() {
    let _used = services::used().await;
    let mut chain = Chain::new().await;
    let (stranger, dead) = (Stranger::of(&chain), letters(&chain));
    let name = chain.place.log.config().topic(Topic::Events);
    // its owner allows more than Nova would
    let allowed = (LARGE + 4_096).to_string();
    let alter = AlterConfig::new(ResourceSpecifier::Topic(&name)).set("max.message.bytes", &allowed);
    let altered = chain.place.admin().alter_configs([&alter], &AdminOptions::new()).await.expect("altered");
    assert!(altered.iter().all(Result::is_ok), "{altered:?}");
    let large: Vec<u8> = (0..LARGE).map(|at| (at % 251) as u8).collect();
    until("the broker takes it", async || {
        let record = FutureRecord::to(&name).key("large").payload(&large);
        stranger.0.send(record, Duration::from_secs(5)).await.ok()
    })
    .await;
    chain.consume().await;
    waiting(&dead, 1).await;
    let letter = dead.list(1, None).await.expect("letters").remove(0);
    assert!(letter.value.as_deref() == Some(&large[..]) && letter.reason == Reason::Malformed);
    dead.requeue(letter.place, nova::app::SystemClock.now()).await.expect("put back");
    waiting(&dead, 1).await;
    let again = dead.list(10, None).await.expect("letters");
    assert!(again.iter().all(|letter| letter.value.as_deref() == Some(&large[..])));
    chain.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_clickhouse_refuses_waits_until_the_cause_is_gone() {
    let _used = services::used().await;
    let mut chain = Chain::new().await;
    chain.run("ALTER TABLE follows_cdc ADD CONSTRAINT nobody_with_seven CHECK follower_id % 10 != 7").await;
    let (stranger, dead) = (Stranger::of(&chain), letters(&chain));
    let topic = Topic::Change(Table::Follows);
    let name = chain.place.log.config().topic(topic);
    for number in 1..=40 {
        let row =
            format!("{{\"follower_id\":{number},\"followee_id\":1,\"created_at\":\"2026-01-01T00:00:00Z\"}}");
        let value =
            format!("{{\"before\":null,\"after\":{row},\"source\":{{\"lsn\":{number}}},\"op\":\"c\"}}");
        let key = format!("{{\"follower_id\":{number},\"followee_id\":1}}");
        stranger.write(&name, key.as_bytes(), value.as_bytes()).await;
    }
    chain.consume().await;
    waiting(&dead, 4).await;
    let standing = async || -> u64 {
        let count = chain.db.query("select count() from follows_cdc final");
        chain.db.row("test", count).await.expect("counted")
    };
    until("the other rows", async || (standing().await == 36).then_some(())).await;
    let found = dead.list(10, None).await.expect("letters");
    for letter in &found {
        assert_eq!((letter.reason, &letter.headers), (Reason::Refused, &beside()));
        for says in ["nobody_with_seven", "is violated", "follower_id = "] {
            assert!(letter.detail.contains(says), "{}", letter.detail);
        }
    }
    chain.run("ALTER TABLE follows_cdc DROP CONSTRAINT nobody_with_seven").await;
    for letter in &found {
        dead.requeue(letter.place, nova::app::SystemClock.now()).await.expect("put back");
    }
    until("every row", async || (standing().await == 40).then_some(())).await;
    assert_eq!(dead.waiting().await.expect("counted"), 0);
    chain.rest().await;
}
