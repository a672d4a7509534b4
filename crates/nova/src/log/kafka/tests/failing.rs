//! Brokers that do not answer, answer late, or are gone.

use bytes::Bytes;
use nova_core::error::Kind;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::mocking::{MockCluster, MockCoordinator};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use tokio::time::{Instant, interval, timeout};

use super::super::write::Writer;
use super::*;
use crate::log::{BatchLimit, Positions, Record, Topic};
use crate::testbed::{Broker, Way};

/// Longer than anything here takes when it works.
const SOON: Duration = Duration::from_secs(20);

fn records(count: usize, bytes: usize) -> Vec<Record> {
    let value = Bytes::from(vec![b'v'; bytes]);
    vec![Record { key: Bytes::from_static(b"u"), value: Some(value) }; count]
}

fn through(broker: &Broker) -> KafkaLogConfig {
    let brokers = KafkaLogConfig::new(broker.url()).unwrap().brokers;
    let second = Duration::from_secs(1);
    KafkaLogConfig { brokers, delivery_deadline: second, ..config() }
}

/// Appends until it is confirmed: the first time, and after a failure.
async fn recovered(log: &KafkaLog) -> Positions {
    testbed::until("it recovers by itself", async || match log.append(Topic::Events, records(1, 10)).await {
        Ok(end) => Some(end),
        Err(error) => {
            assert!(error.kind().retry(), "{error:?}");
            None
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_is_not_confirmed_fails_by_its_deadline_and_works_again_by_itself() {
    let broker = Broker::new().await;
    let cleared = Cleared(through(&broker));
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let mut end = recovered(&log).await;
    for way in [Way::Mute, Way::Blocked, Way::Cut] {
        broker.set(way);
        let asked = Instant::now();
        let error = log.append(Topic::Events, records(5, 10)).await.expect_err("nothing confirms it");
        assert!(error.kind().retry(), "{way:?}: {error:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{way:?}: {:?}", asked.elapsed());
        broker.set(Way::Open);
        let later = recovered(&log).await;
        assert!(later.lag_of(&end) >= 1, "{later} after {end}");
        end = later;
    }
    log.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_broker_is_waited_for_and_nothing_comes_twice() {
    let broker = Broker::new().await;
    let cleared = Cleared(KafkaLogConfig { delivery_deadline: SOON, ..through(&broker) });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    broker.set(Way::Slow(Duration::from_millis(100)));
    let calls = (0..10).map(|_| log.append(Topic::Events, records(10, 100)));
    for appended in futures_util::future::join_all(calls).await {
        appended.unwrap();
    }
    // every answer lost once, with the records written: the producer repeats, the broker knows them
    broker.set(Way::Mute);
    let muted = log.append(Topic::Events, records(10, 100));
    let cut = async {
        // written when the end moved, seen past the proxy
        let direct =
            KafkaLog::open(KafkaLogConfig { brokers: config().brokers, ..cleared.0.clone() }).await.unwrap();
        let written = async || direct.ends().await.unwrap().lag_of(&Positions::default()) >= 110;
        testbed::until("the records are written", async || written().await.then_some(())).await;
        broker.set(Way::Cut);
        broker.set(Way::Open);
    };
    let (appended, ()) = tokio::join!(muted, cut);
    assert_eq!(appended.unwrap().lag_of(&Positions::default()), 110);
    assert_eq!(log.ends().await.unwrap().lag_of(&Positions::default()), 110);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_refuses_at_once_and_is_empty_again_afterwards() {
    let broker = Broker::new().await;
    let cleared = Cleared(KafkaLogConfig { waiting_bytes_max: 64 << 10, ..through(&broker) });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    recovered(&log).await;
    broker.set(Way::Blocked);
    // a caller that goes away leaves its records in the queue
    let left = timeout(Duration::from_millis(1), log.append(Topic::Events, records(1, 40_000))).await;
    assert!(left.is_err());
    let asked = Instant::now();
    let error = log.append(Topic::Events, records(1, 40_000)).await.expect_err("no room");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.detail().contains("too many bytes"), "{error:?}");
    assert!(asked.elapsed() < Duration::from_millis(500));
    broker.set(Way::Open);
    recovered(&log).await;
    let whole = async || log.append(Topic::Events, records(1, 60_000)).await.ok();
    testbed::until("the room is given back", whole).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_goes_on_when_the_broker_is_back() {
    let broker = Broker::new().await;
    let cleared = Cleared(through(&broker));
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let direct =
        KafkaLog::open(KafkaLogConfig { brokers: config().brokers, ..cleared.0.clone() }).await.unwrap();
    let mut reader = log.read(&[Topic::Events], &Positions::default()).await.unwrap();
    let mut seen = 0;
    for way in [Way::Cut, Way::Mute, Way::Blocked] {
        direct.append(Topic::Events, records(20, 100)).await.unwrap();
        let batch = reader.next(BatchLimit { records_max: 5, wait_max: SOON }).await.unwrap();
        let mut offsets: Vec<_> = batch.entries.iter().map(|entry| entry.place.offset).collect();
        broker.set(way);
        direct.append(Topic::Events, records(20, 100)).await.unwrap();
        let nothing = BatchLimit { records_max: 100, wait_max: Duration::from_millis(300) };
        offsets.extend(reader.next(nothing).await.unwrap().entries.iter().map(|entry| entry.place.offset));
        broker.set(Way::Open);
        while offsets.len() < 40 {
            let batch = reader.next(BatchLimit { records_max: 100, wait_max: SOON }).await.unwrap();
            assert!(!batch.entries.is_empty(), "{way:?}: {} of 40 came", offsets.len());
            offsets.extend(batch.entries.iter().map(|entry| entry.place.offset));
        }
        assert_eq!(offsets, (seen..seen + 40).collect::<Vec<_>>(), "{way:?}");
        seen += 40;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_hold_to_their_deadline() {
    let broker = Broker::new().await;
    let cleared = Cleared(KafkaLogConfig { deadline: Duration::from_secs(2), ..through(&broker) });
    let log = KafkaLog::open(cleared.0.clone()).await.unwrap();
    let mut end = recovered(&log).await;
    log.commit("index", &end).await.unwrap();
    end.advance_all(&recovered(&log).await);
    for way in [Way::Mute, Way::Cut] {
        broker.set(way);
        let asked = Instant::now();
        let (check, ends, made, commit) =
            tokio::join!(log.check(), log.ends(), log.made(), log.commit("index", &end));
        let errors = [check.unwrap_err(), ends.unwrap_err(), made.unwrap_err(), commit.unwrap_err()];
        assert!(errors.iter().all(|error| error.kind().retry()), "{way:?}: {errors:?}");
        assert!(asked.elapsed() < Duration::from_secs(6), "{way:?}: {:?}", asked.elapsed());
    }
    broker.set(Way::Open);
    testbed::until("it is well again", async || log.check().await.ok()).await;
    testbed::until("it commits again", async || log.commit("index", &end).await.ok()).await;
    assert_eq!(log.committed("index").await.unwrap(), Some(end));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_a_broker_ends_by_its_deadline_and_names_the_key() {
    let url = "kafka://127.0.0.1:1";
    let config = KafkaLogConfig { deadline: Duration::from_secs(1), ..KafkaLogConfig::new(url).unwrap() };
    let asked = Instant::now();
    let error = KafkaLog::open(config).await.expect_err("nobody listens there");
    assert!(error.kind().retry(), "{error:?}");
    assert!(asked.elapsed() < Duration::from_secs(5));
    for wrong in ["kafka://", "kafka://host", "host:9092", "kafka://host:0", "kafka://a:1,", "kafka://u@h:1"]
    {
        let refused = KafkaLogConfig::new(wrong).expect_err(wrong);
        assert_eq!((refused.kind(), refused.field()), (Kind::Rejected, "log.url"), "{wrong}");
    }
}

/// Kafka's own stand-in for a cluster, because a real one does this only when it is broken itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_that_broke_for_good_is_replaced() {
    let cluster = MockCluster::new(1).unwrap();
    let url = format!("kafka://{}", cluster.bootstrap_servers());
    let config = KafkaLogConfig { delivery_deadline: SOON, ..KafkaLogConfig::new(&url).unwrap() };
    let name = config.topic(Topic::Events);
    cluster.create_topic(&name, 1, 1).unwrap();
    let writer = Writer::open(&config).await.unwrap();
    let append = async || writer.append(&name, Topic::Events, &records(3, 10)).await;
    append().await.unwrap();
    let lost = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
    cluster.request_errors(RDKafkaApiKey::Produce, &[lost]);
    let error = append().await.expect_err("the broker lost count");
    assert_eq!(error.kind(), Kind::Unavailable, "{error:?}");
    writer.check().expect("another one is there");
    append().await.unwrap();
}

/// Each member asks for its topics before it joins, some of them the broker that goes away: those joined after five
/// minutes. Kafka's own stand-in again, so that the broker is slow enough to be asked while it goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_whose_broker_goes_away_beneath_their_first_question_join_within_seconds() {
    let (staying, going) = (1, 2);
    let cluster = MockCluster::new(2).unwrap();
    let url = format!("kafka://{}", cluster.bootstrap_servers());
    let config = KafkaLogConfig::new(&url).unwrap();
    let name = config.topic(Topic::Events);
    cluster.create_topic(&name, 1, 1).unwrap();
    cluster.partition_leader(&name, 0, Some(staying)).unwrap();
    for broker in [staying, going] {
        cluster.broker_round_trip_time(broker, Duration::from_millis(300)).unwrap();
    }
    let (mut waiting, mut joined) = (Vec::new(), Vec::new());
    // in step, so that they are at different points of their way when it goes
    let mut pace = interval(Duration::from_millis(60));
    for number in 0..40 {
        pace.tick().await;
        let group = format!("group{number}");
        cluster.coordinator(MockCoordinator::Group(config.group(&group)), staying).unwrap();
        let member = config.member(&group, None, Duration::from_secs(6), 1 << 20);
        let member: BaseConsumer = member.create().unwrap();
        member.subscribe(&[&name]).unwrap();
        waiting.push(member);
    }
    cluster.broker_down(going).unwrap();
    testbed::until("each is assigned", async || {
        joined.extend(waiting.extract_if(.., |member| {
            drop(member.poll(Duration::ZERO));
            member.assignment().is_ok_and(|assigned| assigned.count() == 1)
        }));
        waiting.is_empty().then_some(())
    })
    .await;
    // so that they leave quickly
    cluster.broker_round_trip_time(staying, Duration::ZERO).unwrap();
}
