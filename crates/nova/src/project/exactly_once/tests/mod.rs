//! Members on a real Kafka. The store is in memory, where a test can look into it and break it.

mod lost_answers;
mod fencing;
mod forgotten;
mod group;
mod store;
mod tables;
mod trouble;
mod watched;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use nova_core::clock::Clock;
use nova_core::model::{Action, Event, EventId, PostId, Timestamp, UserId};
use parking_lot::{Condvar, Mutex};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::store::{Letters, Seen, Store};
use super::{Consumer, ConsumerConfig, LaneConfig, Limits, Manifest, Range, Sink, Span, Status};
use crate::app::SystemClock;
use crate::ingest::change::Mapping;
use crate::ingest::event;
use crate::log::{EventLog, KafkaLog, KafkaLogConfig, Made, Record, Topic};
use crate::store::dedup::Key;
use crate::testbed::{self, wait};

/// Far above what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Topics, a group and a store of a test's own.
struct World {
    config: ConsumerConfig,
    log: Arc<KafkaLog>,
    store: Arc<Store>,
    letters: Arc<Letters>,
}

/// A consumer with threads of its own, as a process has them.
struct Member {
    running: Running,
    inserts: Arc<Mutex<Vec<Range>>>,
    status: Arc<Status>,
    clock: Arc<Stoppable>,
    /// The store is down for this member alone.
    cut_off: Arc<AtomicBool>,
}

/// Ends in order when it is dropped.
struct Running {
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
    clock: Arc<Stoppable>,
}

/// A clock at which a whole member stands still, with every thread that asks for the time.
#[derive(Debug, Default)]
struct Stoppable {
    held: Mutex<bool>,
    goes_on: Condvar,
    asked: AtomicBool,
}

impl Stoppable {
    fn hold(&self) {
        *self.held.lock() = true;
    }

    fn go_on(&self) {
        *self.held.lock() = false;
        self.goes_on.notify_all();
    }
}

impl Clock for Stoppable {
    fn now(&self) -> Timestamp {
        let mut held = self.held.lock();
        while *held {
            self.asked.store(true, Ordering::SeqCst);
            self.goes_on.wait(&mut held);
        }
        drop(held);
        SystemClock.now()
    }
}

impl World {
    async fn new(events: u16, topics: &[Topic]) -> Self {
        let kafka = KafkaLogConfig {
            prefix: testbed::unique("once."),
            events_partitions: events,
            change_partitions: 2,
            deadline: Duration::from_secs(20),
            ..KafkaLogConfig::new(&testbed::kafka()).unwrap()
        };
        let log = Arc::new(KafkaLog::open(kafka.clone()).await.unwrap());
        let manifest = |made: &Made| {
            let Made { id, partitions, .. } = *made;
            (made.topic, Manifest { id, epoch: 1, partitions })
        };
        let made = log.made().await.unwrap();
        let lane = LaneConfig {
            limits: Limits { records_max: 300, age_max: Duration::from_millis(100), ..Limits::default() },
            span: Span {
                window: Duration::from_secs(3_600),
                ahead: Duration::from_secs(300),
                entries_max: 100_000,
                keep: Duration::from_secs(30 * 86_400),
            },
            page: 1_000,
            key: Key::new(rand::random()),
        };
        let config = ConsumerConfig {
            session: Duration::from_secs(10),
            ..ConsumerConfig::new(
                kafka.clone(),
                made.iter().filter(|made| topics.contains(&made.topic)).map(manifest).collect(),
                lane,
                Mapping::default(),
            )
        };
        Self { config, log, store: Arc::default(), letters: Arc::default() }
    }

    fn member(&self) -> Member {
        let (inserts, cut_off) = (Arc::<Mutex<Vec<Range>>>::default(), Arc::<AtomicBool>::default());
        let seen = Seen {
            store: Arc::clone(&self.store),
            inserts: Arc::clone(&inserts),
            down: Arc::clone(&cut_off),
        };
        Member { inserts, cut_off, ..self.member_of(Arc::new(seen)) }
    }

    /// One that writes somewhere else.
    fn member_of(&self, sink: Arc<dyn Sink>) -> Member {
        let stop = CancellationToken::new();
        let (status, clock) = (Arc::<Status>::default(), Arc::<Stoppable>::default());
        let consumer = Consumer {
            log: Arc::clone(&self.log) as _,
            sink,
            dead: Arc::clone(&self.letters) as _,
            clock: Arc::clone(&clock) as _,
            status: Arc::clone(&status),
            config: self.config.clone(),
        };
        let running = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(consumer.run(running)).expect("an orderly end");
        });
        Member {
            running: Running { stop, thread: Some(thread), clock: Arc::clone(&clock) },
            inserts: Arc::default(),
            cut_off: Arc::default(),
            status,
            clock,
        }
    }

    /// Removes the topic of events and makes it anew, with one event in it; the group loses its place with it.
    async fn anew(&mut self) {
        let name = self.config.kafka.topic(Topic::Events);
        let admin: AdminClient<DefaultClientContext> = self.config.kafka.client().create().unwrap();
        admin.delete_topics(&[&name], &AdminOptions::new()).await.unwrap();
        // a broker may tell of the old one a while longer: then nothing is made, and it is opened again
        let again = async || {
            let log = KafkaLog::open(self.config.kafka.clone()).await.ok()?;
            log.append(Topic::Events, records(&many(1))).await.ok()?;
            Some(Arc::new(log))
        };
        self.log = testbed::until("the topic is made anew", again).await;
    }

    /// The id that Kafka gave the topic of events.
    async fn id(&self) -> Uuid {
        let made = testbed::until("its id", async || self.log.made().await.ok()).await;
        made.iter().find(|made| made.topic == Topic::Events).unwrap().id
    }

    async fn append(&self, records: Vec<Record>) {
        self.log.append(Topic::Events, records).await.unwrap();
    }

    /// How many records the ledger tells of, if its ranges follow each other in each partition.
    fn recorded(&self) -> u64 {
        let held = self.store.held.lock();
        let mut due = BTreeMap::new();
        for ((partition, first), entry) in &held.ledger {
            let due = due.entry(*partition).or_insert(0);
            assert_eq!(*first, *due, "partition {partition}");
            *due = entry.range.last + 1;
            assert_eq!(entry.records, entry.kept + entry.duplicates + entry.buried + entry.skipped);
        }
        held.ledger.values().map(|entry| entry.records).sum()
    }

    async fn all_recorded(&self, records: u64) {
        until("every record is in the ledger", || self.recorded() == records).await;
    }

    /// Each of these stands once, and nothing else does.
    fn stand_once(&self, events: &[Event]) {
        let held = self.store.held.lock();
        let mut rows: Vec<_> = held.rows.values().flatten().map(|mark| (mark.user, mark.event)).collect();
        let mut wanted: Vec<_> = events.iter().map(|event| (event.user, event.id)).collect();
        rows.sort_unstable();
        wanted.sort_unstable();
        wanted.dedup();
        assert_eq!(rows.len(), wanted.len());
        assert!(rows == wanted);
    }
}

/// What is not deleted lies in nobody's way: its names are this test's own.
impl Drop for World {
    fn drop(&mut self) {
        let kafka = &self.config.kafka;
        drop(testbed::at_end(async || {
            let admin: AdminClient<DefaultClientContext> = kafka.client().create().unwrap();
            let mut topics: Vec<_> = Topic::ALL.iter().map(|topic| kafka.topic(*topic)).collect();
            topics.push(kafka.dead_letters());
            let topics: Vec<_> = topics.iter().map(String::as_str).collect();
            drop(admin.delete_topics(&topics, &AdminOptions::new()).await);
            drop(admin.delete_groups(&[&kafka.group("store")], &AdminOptions::new()).await);
        }));
    }
}

impl Member {
    fn stop(self) {
        drop(self.running);
    }

    fn owns_anything(&self) -> bool {
        !self.inserts.lock().is_empty()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.clock.go_on();
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the member ended in disorder");
        }
    }
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let came = wait::within(PATIENCE, async || is().then_some(())).await;
    assert!(came.is_some(), "in vain: {what}");
}

fn some(user: u64) -> Event {
    Event {
        id: EventId::from_bits(rand::random::<u128>() | 1 << 63),
        time: SystemClock.now(),
        user: UserId::from_integer(user),
        post: PostId::from_integer(user % 100 + 1),
        author: None,
        action: Action::Click,
        dwell_ms: None,
        device: Some("phone".into()),
        app_ver: None,
    }
}

fn many(count: u64) -> Vec<Event> {
    (1..=count).map(|number| some(number % 500 + 1)).collect()
}

fn records(events: &[Event]) -> Vec<Record> {
    events.iter().map(event::encode).collect()
}

fn poison(user: u64) -> Record {
    Record { key: Bytes::from(user.to_string()), value: Some(Bytes::from_static(b"{\"event_id\":")) }
}
