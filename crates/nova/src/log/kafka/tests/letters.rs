//! Dead letters on two systems: what stands in the topic, and what becomes of them when ClickHouse is away.

use bytes::Bytes;
use nova_core::error::Kind;
use nova_core::model::Timestamp;
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Headers as _;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::super::dead::CALL_LETTERS_MAX;
use super::*;
use crate::log::{DeadLetter, Expired, Place, Reason, Topic};
use crate::testbed::{Proxy, Way};

fn letter(offset: u64) -> DeadLetter {
    DeadLetter {
        place: Place { topic: Topic::Events, partition: 1, offset },
        reason: Reason::Malformed,
        detail: "not JSON".to_owned(),
        key: Bytes::from_static(&[0, 0xff]),
        value: Some(Bytes::from_static(&[b'{', 0xff])),
        headers: vec![("source".to_owned(), Some(Bytes::from_static(b"db")))],
        received_at: Timestamp::from_millis(1_000),
        buried_at: Timestamp::from_millis(2_000),
        requeued_at: None,
    }
}

/// Key, value and headers of a record.
type Raw = (Vec<u8>, Option<Vec<u8>>, BTreeMap<String, String>);

/// Everything in a topic, as any client of Kafka sees it.
fn raw(config: &KafkaLogConfig, name: &str, partitions: u16, count: usize) -> Vec<Raw> {
    let mut client = config.client();
    client.set("group.id", config.group("another")).set("auto.offset.reset", "error");
    let consumer: BaseConsumer = client.create().unwrap();
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(name, i32::from(partition), Offset::Beginning).unwrap();
    }
    consumer.assign(&list).unwrap();
    let mut all = Vec::new();
    while all.len() < count {
        let message = consumer.poll(Duration::from_secs(20)).expect("it comes").unwrap();
        let headers = message.headers().map(|headers| {
            let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
            headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
        });
        all.push((
            message.key().unwrap().to_vec(),
            message.payload().map(<[u8]>::to_vec),
            headers.unwrap_or_default(),
        ));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_can_be_put_back_from_its_topic_alone() {
    let twin = Twin::new(config()).await;
    let config = twin.log.config().clone();
    let tombstone = DeadLetter { value: None, detail: "x".repeat(5_000), ..letter(9) };
    twin.dead.bury(vec![letter(7), tombstone.clone()]).await.unwrap();
    twin.dead.bury(vec![letter(7), tombstone]).await.unwrap();
    let mut seen = raw(&config, &config.dead_letters(), config.change_partitions, 2);
    seen.sort_by_key(|(.., headers)| headers["nova-offset"].clone());
    let (key, value, headers) = &seen[0];
    assert_eq!((key.as_slice(), value.as_deref()), ([0, 0xff].as_slice(), Some([b'{', 0xff].as_slice())));
    let expected = [
        ("nova-buried-at", "1970-01-01T00:00:02.000000Z"),
        ("nova-detail", "not JSON"),
        ("nova-epoch", "0"),
        ("nova-offset", "7"),
        ("nova-partition", "1"),
        ("nova-reason", "malformed"),
        ("nova-received-at", "1970-01-01T00:00:01.000000Z"),
        ("nova-topic", "events"),
        ("source", "db"),
    ];
    assert_eq!(
        headers.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(),
        expected
    );
    assert_eq!((&seen[1].1, seen[1].2["nova-detail"].len()), (&None, 512));
    assert_eq!(twin.dead.show(letter(9).place).await.unwrap().detail.len(), 5_000, "the table has all of it");

    twin.dead.requeue(letter(7).place, Timestamp::from_millis(9)).await.unwrap();
    let again = raw(&config, &config.topic(Topic::Events), config.events_partitions, 1).remove(0);
    assert_eq!((&again.0, &again.1), (key, value));
    let beside = [("nova-replay-of", "events-1-7"), ("source", "db")];
    assert_eq!(again.2, beside.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_larger_than_the_log_takes_has_its_place() {
    let twin = Twin::new(KafkaLogConfig { record_bytes_max: 10_000, ..config() }).await;
    let headers = vec![("a".to_owned(), Some(Bytes::from_static(&[0xff]))), ("a".to_owned(), None)];
    let large = DeadLetter { value: Some(Bytes::from(vec![0xfe; 5_000_000])), headers, ..letter(1) };
    twin.dead.bury(vec![large.clone()]).await.unwrap();
    assert_eq!(twin.dead.show(large.place).await.unwrap(), large);
    // its topic takes no more than before: it stays here, with the reason
    let refused = twin.dead.requeue(large.place, Timestamp::from_millis(9)).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Rejected, "{refused:?}");
    assert_eq!(twin.dead.waiting().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_held_by_both_is_not_confirmed() {
    let url = testbed::clickhouse();
    let target = testbed::host(&url);
    let proxy = Proxy::before(target).await;
    let cleared = Cleared(config());
    let database = Database::create(url.replace(target, &proxy.address().to_string())).await;
    let twin = Twin::on(cleared, database).await;
    proxy.set(Way::Cut);
    let error = twin.dead.bury(vec![letter(1)]).await.unwrap_err();
    assert!(error.kind().retry(), "{error:?}");
    let error = twin.dead.requeue(letter(1).place, Timestamp::from_millis(9)).await.unwrap_err();
    assert!(error.kind().retry(), "{error:?}");
    proxy.set(Way::Open);
    twin.dead.bury(vec![letter(1), letter(1)]).await.unwrap();
    twin.dead.bury(vec![DeadLetter { reason: Reason::TooOld, ..letter(1) }]).await.unwrap();
    assert_eq!(twin.dead.list(10, None).await.unwrap(), [letter(1)]);
    assert!(twin.log.ends().await.unwrap().is_empty(), "nothing was put back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_place_of_a_topic_made_anew_is_another_letter() {
    let twin = Twin::new(config()).await;
    twin.dead.bury(vec![letter(1)]).await.unwrap();
    twin.dead.requeue(letter(1).place, Timestamp::from_millis(9)).await.unwrap();
    let epochs = BTreeMap::from([(Topic::Events, 1)]);
    let later = KafkaDeadLetters::new(Arc::clone(&twin.log), twin.database.store.clone(), epochs);
    let anew = DeadLetter { detail: "of the new topic".to_owned(), ..letter(1) };
    later.bury(vec![anew.clone()]).await.unwrap();
    // a reader that is behind changes nothing any more
    twin.dead.bury(vec![letter(1)]).await.unwrap();
    assert_eq!(later.list(10, None).await.unwrap(), [anew]);
    assert_eq!(later.waiting().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_forgets_a_bounded_number_of_letters() {
    let twin = Twin::new(config()).await;
    let more = 50;
    let letters = (0..CALL_LETTERS_MAX + more).map(|offset| DeadLetter { value: None, ..letter(offset) });
    twin.dead.bury(letters.collect()).await.unwrap();
    assert_eq!(twin.dead.waiting().await.unwrap(), CALL_LETTERS_MAX + more);
    let most = Expired { aged: CALL_LETTERS_MAX, crowded: 0, waiting: CALL_LETTERS_MAX };
    assert_eq!(twin.dead.expire(Timestamp::MAX, 0).await.unwrap(), most);
    let rest = Expired { aged: 0, crowded: more, waiting: more };
    assert_eq!(twin.dead.expire(Timestamp::MIN, 0).await.unwrap(), rest);
    assert_eq!(twin.dead.waiting().await.unwrap(), 0);
    // what was put aside first and forgotten may come again
    twin.dead.bury(vec![letter(0)]).await.unwrap();
    assert_eq!(twin.dead.show(letter(0).place).await.unwrap(), letter(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_of_one_moment_are_paged_without_gaps() {
    let twin = Twin::new(config()).await;
    let other = |offset| {
        let place = Place { topic: Topic::Change(nova_core::model::Table::Likes), partition: 0, offset };
        DeadLetter { place, ..letter(0) }
    };
    twin.dead.bury((0..30).map(letter).chain((0..30).map(other)).collect()).await.unwrap();
    let all = twin.dead.list(1_000, None).await.unwrap();
    assert_eq!(all.len(), 60);
    let mut paged = twin.dead.list(7, None).await.unwrap();
    while let Some(last) = paged.last() {
        let page = twin.dead.list(7, Some(last.place)).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let unknown = twin.dead.list(7, Some(letter(99).place)).await.unwrap_err();
    assert_eq!(unknown.kind(), Kind::NotFound);
}
