//! Records that were gone before they were read, and topics that were made anew: the partition stands still, somebody
//! accepts it, and it goes on.

use nova::app::SystemClock;
use nova::ingest::event;
use nova::log::{EventLog as _, KafkaLog, KafkaLogConfig, Record, Topic};
use nova::project::exactly_once::GROUP;
use nova_core::clock::Clock as _;
use nova_core::model::{Action, Event, EventId, PostId, UserId};
use rdkafka::admin::AdminOptions;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};
use tempfile::TempDir;

use crate::kills::{consumer, told};
use crate::process::Server;
use crate::system::System;
use crate::testbed::until;

fn events(count: u64) -> Vec<Record> {
    let event = |number| Event {
        id: EventId::from_bits(rand::random::<u128>() | 1 << 63),
        time: SystemClock.now(),
        user: UserId::from_integer(number),
        post: PostId::from_integer(1),
        author: None,
        action: Action::Share,
        dwell_ms: None,
        device: None,
        app_ver: None,
    };
    (1..=count).map(event).map(|event| event::encode(&event)).collect()
}

async fn append(system: &System, count: u64) {
    system.place.log.append(Topic::Events, events(count)).await.expect("appended");
}

/// Of the one partition of events: what lies before is gone, as when it was kept for too short a time.
async fn drop_before(system: &System, offset: i64) {
    let config = system.place.log.config();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(&config.topic(Topic::Events), 0, Offset::Offset(offset)).expect("an offset");
    system.place.admin().delete_records(&list, &AdminOptions::new()).await.expect("dropped");
}

async fn held(system: &System) -> u64 {
    let database = system.database();
    database.row("test", database.query("select count() from events")).await.expect("counted")
}

async fn stands_still(server: &Server, says: &str) {
    until("it says that a partition stands still", async || {
        let ready = server.http.get(0, "/health/ready").await.text();
        (ready.contains(says) && server.log().contains("stands still")).then_some(())
    })
    .await;
}

/// Tables, and a consumer with the data directory that it has whenever it runs.
async fn begun() -> (System, TempDir, Server) {
    let system = System::new().await;
    system.place.migrated().await;
    let dir = TempDir::new().expect("a directory");
    let server = consumer(&system, dir.path());
    (system, dir, server)
}

fn is_equal(system: &System, dir: &TempDir) {
    let said = told(system, dir.path(), &["audit", "--patience", "20"]).expect(0).stdout;
    assert!(said.contains("equal"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_is_accepted_while_the_consumer_runs_and_the_audit_names_it() {
    let (system, dir, server) = begun().await;
    append(&system, 20).await;
    system.consumed().await;
    assert!(told(&system, dir.path(), &["resume"]).expect(0).stdout.contains("nothing stands still"));
    server.stop().await;
    // it is away for longer than the log keeps records
    append(&system, 30).await;
    drop_before(&system, 42).await;
    let server = consumer(&system, dir.path());
    stands_still(&server, "events").await;
    append(&system, 5).await;
    let audit = ["audit", "--patience", "0"];
    let said = told(&system, dir.path(), &audit).expect(1).stdout;
    assert!(said.contains("the log dropped records from 20 on before they were read"), "{said}");
    let said = told(&system, dir.path(), &["resume"]).expect(1).stdout;
    assert!(said.contains("events:0 stands still: the records 20 to 42 (exclusive)"), "{said}");
    assert_eq!(held(&system).await, 20);

    let accept = ["resume", "--accept-gap", "--topic", "events", "--partition", "0"];
    let said = told(&system, dir.path(), &accept).expect(0).stdout;
    assert!(said.contains("events:0: the gap 20 to 41 is accepted"), "{said}");
    system.consumed().await;
    assert_eq!(held(&system).await, 20 + 8 + 5);
    assert!(told(&system, dir.path(), &accept).expect(0).stdout.contains("nothing stands still"));
    let said = told(&system, dir.path(), &["audit", "--patience", "20"]).expect(0).stdout;
    assert!(said.contains("accepted gap: events:0 epoch 1: the offsets 20 to 41 were gone"), "{said}");
    let json = told(&system, dir.path(), &["audit", "--patience", "20", "--json"]).expect(0).json();
    assert_eq!(
        (&json["equal"], &json["accepted_gaps"][0]["last_offset"]),
        (&true.into(), &41.into()),
        "{json}"
    );
    server.stop().await;
}

/// Sets the group's place.
async fn stood(config: &KafkaLogConfig, offset: i64, metadata: &str) {
    let group: BaseConsumer = config.committer(GROUP).create().expect("a client");
    let mut list = TopicPartitionList::new();
    let mut at = list.add_partition(&config.topic(Topic::Events), 0);
    at.set_metadata(metadata);
    at.set_offset(Offset::Offset(offset)).expect("an offset");
    // refused until the last member has left
    until("the group takes it", async || group.commit(&list, CommitMode::Sync).ok()).await;
}

/// Until it is another topic: a broker may tell of the old one for a while, and then nothing is made.
pub(crate) async fn events_are_made_anew(system: &System) {
    let config = system.place.log.config();
    let id = async |log: &KafkaLog| {
        let made = log.made().await.ok()?;
        made.iter().find(|it| it.topic == Topic::Events).map(|it| it.id)
    };
    let before = until("the topic's id", async || id(&system.place.log).await).await;
    let topic = config.topic(Topic::Events);
    system.place.admin().delete_topics(&[&topic], &AdminOptions::new()).await.expect("deleted");
    until("another topic", async || {
        let log = KafkaLog::open(config.clone()).await.ok()?;
        (id(&log).await? != before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_made_anew_is_read_from_its_begin_without_another_hand() {
    let (system, dir, server) = begun().await;
    append(&system, 20).await;
    system.consumed().await;
    server.stop().await;
    // some brokers forget a group's place with the topic, others do not: here it is kept
    events_are_made_anew(&system).await;
    append(&system, 10).await;
    stood(system.place.log.config(), 20, "n1;t=events;e=1").await;
    let said = told(&system, dir.path(), &["resume"]).expect(1);
    assert!(said.stderr.contains("nova migrate --new-topics"), "{said:?}");
    let said = told(&system, dir.path(), &["migrate", "--new-topics"]).expect(0).stdout;
    assert!(said.contains("begins a new epoch"), "{said}");
    let server = consumer(&system, dir.path());
    until("all of the new topic", async || (held(&system).await == 30).then_some(())).await;
    is_equal(&system, &dir);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_made_anew_under_a_running_consumer_is_passed_over_by_nobody() {
    let (system, dir, server) = begun().await;
    append(&system, 20).await;
    system.consumed().await;
    events_are_made_anew(&system).await;
    // more than before: where the group stood there is a record, another one
    let records = events(50);
    until("they are written", async || system.place.log.append(Topic::Events, records.clone()).await.ok())
        .await;
    stands_still(&server, "events:0: the topic was made anew").await;
    stands_still(&server, "nova migrate --new-topics").await;
    // what it read before it noticed is of the new topic, and read again as copies
    assert!(held(&system).await <= 20 + 30);
    server.stop().await;
    told(&system, dir.path(), &["migrate", "--new-topics"]).expect(0);
    let server = consumer(&system, dir.path());
    until("all of the new topic", async || (held(&system).await >= 70).then_some(())).await;
    system.consumed().await;
    assert_eq!(held(&system).await, 70);
    is_equal(&system, &dir);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_that_was_written_before_its_records_were_gone_is_entered_with_its_letters() {
    let (system, dir, server) = begun().await;
    let (mut records, poison) = (events(10), b"{\"event_id\":");
    records.push(records[3].clone());
    records.insert(5, Record { value: Some(poison.as_slice().into()), ..records[5].clone() });
    system.place.log.append(Topic::Events, records).await.expect("appended");
    system.consumed().await;
    server.stop().await;
    // as if it had died behind the insert: the intent stands, the ledger has nothing
    let database = system.database();
    database.run("test", "truncate table ingest_batches").await.expect("emptied");
    let now = SystemClock.now().micros() / 1_000;
    let intent = format!("n1;t=events;e=1;r=0-11;n=12;k=10;h=0000000000000001;c=1;s={now}");
    stood(&system.place.log.config().clone(), 0, &intent).await;
    drop_before(&system, 12).await;
    told(&system, dir.path(), &["resume", "--accept-gap"]).expect(0);
    let ledger = "select records, kept, duplicates, buried from ingest_batches";
    let entry: (u64, u64, u64, u64) = database.row("test", database.query(ledger)).await.expect("one entry");
    assert_eq!(entry, (12, 10, 1, 1));
    let server = consumer(&system, dir.path());
    append(&system, 5).await;
    system.consumed().await;
    is_equal(&system, &dir);
    server.stop().await;
}
