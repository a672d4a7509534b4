//! The twin on a real Kafka.

mod failing;
mod letters;
mod twin;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::admin::AdminClient;
use tokio::runtime::Handle;

use nova_core::error::Result;

use super::context::Traced;
use super::topics::{options, wanted};
use super::{KafkaDeadLetters, KafkaLog, KafkaLogConfig};
use crate::log::contract::{Fixture, suite};
use crate::log::{DeadLetters, EventLog};
use crate::store::clickhouse::{ClickHouse, ClickHouseConfig};
use crate::testbed;

/// Two partitions of everything, so that order holds for a key and not for a topic.
fn config() -> KafkaLogConfig {
    KafkaLogConfig {
        prefix: testbed::unique("log."),
        events_partitions: 2,
        change_partitions: 1,
        deadline: Duration::from_secs(20),
        ..KafkaLogConfig::new(&testbed::kafka()).unwrap()
    }
}

/// Deletes the topics and groups of a test when it ends, however it ends.
struct Cleared(KafkaLogConfig);

impl Drop for Cleared {
    fn drop(&mut self) {
        // what is not deleted lies in nobody's way: its names are this test's own
        drop(testbed::at_end(async || clear(&self.0).await));
    }
}

async fn clear(config: &KafkaLogConfig) {
    let admin: AdminClient<Traced> = config.client().create_with_context(Traced).unwrap();
    let topics = wanted(config);
    let topics: Vec<_> = topics.iter().map(|topic| topic.name.as_str()).collect();
    drop(admin.delete_topics(&topics, &options(config)).await);
    let groups = ["index", "another", "behind", "ahead"].map(|group| config.group(group));
    let groups: Vec<_> = groups.iter().map(String::as_str).collect();
    drop(admin.delete_groups(&groups, &options(config)).await);
}

/// A database of a test's own with the table of dead letters; dropped with it.
struct Database {
    store: ClickHouse,
    server: ClickHouse,
}

impl Database {
    async fn create(url: String) -> Self {
        let config = ClickHouseConfig {
            url: testbed::sibling(&url, &testbed::unique("log_")),
            deadline: Duration::from_secs(20),
            insert_deadline: Duration::from_secs(20),
        };
        let store = ClickHouse::open(&config).unwrap();
        let server = store.without_database();
        server.run("test", &format!("create database {}", store.database())).await.unwrap();
        for ddl in [
            include_str!("../../../store/clickhouse/migrations/0007_dead_letters.sql"),
            include_str!("../../../store/clickhouse/migrations/0009_dead_letter_headers.sql"),
        ] {
            store.run("test", ddl.trim_end().trim_end_matches(';')).await.unwrap();
        }
        Self { store, server }
    }

    async fn drop_it(&self) -> Result<()> {
        self.server.run("test", &format!("drop database if exists {} sync", self.store.database())).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        tokio::task::block_in_place(|| drop(Handle::current().block_on(self.drop_it())));
    }
}

/// A log with topics of its own, and its dead letters. The order of fields is the order of ends.
struct Twin {
    log: Arc<KafkaLog>,
    dead: Arc<KafkaDeadLetters>,
    _cleared: Cleared,
    database: Database,
}

impl Twin {
    async fn new(config: KafkaLogConfig) -> Self {
        let (cleared, database) = (Cleared(config), Database::create(testbed::clickhouse()).await);
        Self::on(cleared, database).await
    }

    async fn on(cleared: Cleared, database: Database) -> Self {
        let log = Arc::new(KafkaLog::open(cleared.0.clone()).await.unwrap());
        let dead = KafkaDeadLetters::new(Arc::clone(&log), database.store.clone(), BTreeMap::new());
        Self { log, dead: Arc::new(dead), _cleared: cleared, database }
    }
}

#[async_trait]
impl Fixture for Twin {
    async fn open() -> Self {
        Self::new(config()).await
    }

    async fn reopen(self) -> Self {
        let Self { log, dead, _cleared: cleared, database } = self;
        drop(dead);
        drop(Arc::into_inner(log).expect("nobody else holds the log"));
        Self::on(cleared, database).await
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.log) as _
    }

    fn dead(&self) -> Arc<dyn DeadLetters> {
        Arc::clone(&self.dead) as _
    }
}

suite!(Twin);
