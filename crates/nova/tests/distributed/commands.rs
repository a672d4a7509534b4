//! `nova migrate` and `nova audit` as a person runs them.

use std::process::{Command, Output};
use std::time::Duration;

use nova::ingest::change::Mapping;
use nova::log::Topic;
use nova::store::clickhouse::{ClickHouse, ClickHouseConfig};
use rdkafka::admin::AdminOptions;
use serde_json::Value;
use tempfile::TempDir;

use crate::place::Place;
use crate::services;
use crate::testbed;

/// Somewhere that nothing was made yet but the topics.
struct Site {
    place: Place,
    db: ClickHouse,
    store: String,
    dir: TempDir,
}

impl Site {
    async fn new() -> Self {
        let place = Place::new(Mapping::default()).await;
        let store = testbed::sibling(&testbed::clickhouse(), &testbed::unique("t_"));
        let deadline = Duration::from_secs(60);
        let config = ClickHouseConfig { url: store.clone(), deadline, insert_deadline: deadline };
        let dir = TempDir::new().expect("a directory");
        Self { place, db: ClickHouse::open(&config).expect("a URL"), store, dir }
    }

    async fn nova(&self, arguments: &[&str]) -> Output {
        self.nova_with(arguments, &[]).await
    }

    /// The same with some of its environment otherwise.
    async fn nova_with(&self, arguments: &[&str], otherwise: &[(&str, String)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nova"));
        command
            .args(arguments)
            .env("NOVA__SOCIAL__URL", self.place.url())
            .env("NOVA__LOG__URL", testbed::kafka())
            .env("NOVA__LOG__PREFIX", &self.place.log.config().prefix)
            .env("NOVA__LOG__EVENTS_PARTITIONS", "1")
            .env("NOVA__LOG__CHANGE_PARTITIONS", "3")
            .env("NOVA__LOG__REPLICATION", "1")
            .env("NOVA__STORE__URL", &self.store)
            .env("NOVA__CACHE__URL", testbed::redis())
            .env("NOVA__SERVER__DATA_DIR", self.dir.path())
            .envs(otherwise.iter().map(|(key, value)| (key, value)));
        let run = tokio::task::spawn_blocking(move || command.output());
        run.await.expect("no panic").expect("the program runs")
    }

    /// Runs it, and gives what it said on both channels if it ended so.
    async fn says(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.nova(arguments).await;
        let said =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert_eq!(output.status.code(), Some(code), "nova {arguments:?}: {said}");
        said
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let sql = format!("drop database if exists {}", self.db.database());
        drop(testbed::at_end(async || self.db.without_database().run("test", &sql).await));
    }
}

fn has(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.contains(line), "{line:?} is not in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_makes_what_is_missing_and_tells_what_is_wrong() {
    let _used = services::used().await;
    let site = Site::new().await;
    let said = site.says(0, &["migrate"]).await;
    has(
        &said,
        &[
            "PostgreSQL: made 0001_tables, 0002_rules",
            "PostgreSQL: changes can be captured",
            "ClickHouse: made rows, events",
            "ClickHouse: an insert that is repeated counts once",
            "Kafka: 9 topics",
        ],
    );
    let said = site.says(0, &["migrate", "--new-topics"]).await;
    let same = "the tables are of this version";
    has(
        &said,
        &[&format!("PostgreSQL: {same}"), &format!("ClickHouse: {same}"), "Kafka: no topic was made anew"],
    );

    let alter = "alter table user_seen_7d modify setting non_replicated_deduplication_window = 0";
    site.db.run("test", alter).await.expect("altered");
    let client = site.place.client().await;
    client.batch_execute("alter publication nova_cdc drop table likes").await.expect("altered");
    let said = site.says(1, &["migrate"]).await;
    has(
        &said,
        &[
            "ClickHouse: WRONG user_seen_7d remembers 0 inserts",
            "PostgreSQL: WRONG publication nova_cdc lacks",
        ],
    );
    let alter = "alter table user_seen_7d modify setting non_replicated_deduplication_window = 100000";
    site.db.run("test", alter).await.expect("altered");
    client.batch_execute("alter publication nova_cdc add table likes").await.expect("altered");

    let config = site.place.log.config();
    let events = config.topic(Topic::Events);
    site.place.admin().delete_topics(&[&events], &AdminOptions::new()).await.expect("deleted");
    // it is made anew by whoever comes first; until it is gone it cannot be
    let said = testbed::until("another topic under the old name", async || {
        let output = site.nova(&["migrate"]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.contains("was made anew").then_some(said)
    })
    .await;
    has(&said, &[&events, "--new-topics"]);
    let said = site.says(1, &["audit", "--patience", "0"]).await;
    has(&said, &["it was made anew"]);
    has(&site.says(0, &["migrate", "--new-topics"]).await, &[&format!("topic {events} begins a new epoch")]);
    site.says(0, &["audit", "--patience", "0"]).await;
}

/// A wrong address, password, database, right or number of partitions: the line of that part says so, the others are
/// well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_names_the_part_the_cause_and_the_cure() {
    let _used = services::used().await;
    let site = Site::new().await;
    site.says(0, &["migrate"]).await;
    let weak = testbed::unique("weak_");
    let client = site.place.client().await;
    client.batch_execute(&format!("create role {weak} login password 'weak'")).await.expect("a role");
    let as_weak = account(&site.place.url(), &format!("{weak}:weak"));
    let social = "NOVA__SOCIAL__URL";
    for (key, value, part, says) in [
        (
            social,
            account(&site.place.url(), "nova:wrong"),
            "social",
            "correct user and password in social.url",
        ),
        (social, as_weak, "social", "the user of social.url lacks a right"),
        (social, testbed::sibling(&site.place.url(), "absent"), "social", "create it (createdb)"),
        (social, "postgres://nova@127.0.0.1:1/nova".to_owned(), "social", "cannot be reached"),
        (
            "NOVA__STORE__URL",
            account(&site.store, "nova:wrong"),
            "store",
            "correct user and password in store.url",
        ),
        (
            "NOVA__STORE__URL",
            "clickhouse://127.0.0.1:1/nova".to_owned(),
            "store",
            "ClickHouse cannot be reached",
        ),
        ("NOVA__LOG__URL", "kafka://127.0.0.1:1".to_owned(), "log", "could not be opened yet"),
        ("NOVA__LOG__EVENTS_PARTITIONS", "3".to_owned(), "log", "partitions is 1, must be 3"),
        (
            "NOVA__CACHE__URL",
            account(&testbed::redis(), ":wrong"),
            "cache",
            "correct user and password in cache.url",
        ),
        ("NOVA__CACHE__URL", "redis://127.0.0.1:1/0".to_owned(), "cache", "Connection refused"),
    ] {
        let output = site.nova_with(&["check", "--json"], &[(key, value.clone())]).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(1), "{key} = {value}: {said}");
        let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        // dead letters are in the log and in the store
        let wrong: Vec<Value> =
            lines.filter(|line| line["ok"] == false && line["part"] != "dead letters").collect();
        let [line] = &wrong[..] else { panic!("{key} = {value}: {said}") };
        assert_eq!(line["part"], part, "{key} = {value}: {said}");
        assert!(
            line["detail"].as_str().is_some_and(|detail| detail.contains(says)),
            "{key} = {value}: {said}"
        );
        assert!(!said.contains("wrong@"), "a password is shown: {said}");
    }
    site.says(0, &["check"]).await;
    client.batch_execute(&format!("drop owned by {weak}; drop role {weak}")).await.expect("no role");
}

/// The same place for somebody else.
fn account(url: &str, who: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let server = rest.split_once('@').map_or(rest, |(_, server)| server);
    format!("{scheme}://{who}@{server}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn audit_ends_with_0_only_when_nothing_differs() {
    let _used = services::used().await;
    let site = Site::new().await;
    site.says(0, &["migrate"]).await;
    let said = site.says(0, &["audit", "--json"]).await;
    let json: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!((json["equal"].as_bool(), json["repaired"].is_null()), (Some(true), true), "{json}");
    site.db.run("test", "insert into post_totals values (1, 5, 0)").await.expect("inserted");
    let audit = ["audit", "--patience", "0"];
    has(&site.says(1, &audit).await, &["1 difference", "5 impressions too many", "--repair"]);
    let said = site.says(0, &["audit", "--patience", "0", "--repair"]).await;
    has(&said, &["5 impressions too many", "1 repairs made"]);
    let said = site.says(0, &["audit", "--patience", "0", "--repair", "--json"]).await;
    let json: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(json["repaired"], 0, "{json}");
    let output = Command::new(env!("CARGO_BIN_EXE_nova")).args(["audit"]).output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("this configuration is embedded"), "{said}");
}
