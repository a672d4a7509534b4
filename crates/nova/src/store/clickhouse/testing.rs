//! Databases for tests, each for one.

use std::time::Duration;

use super::{ClickHouse, ClickHouseConfig, migrate};
use crate::testbed;

/// A database of one test; dropped with it.
pub(crate) struct Scratch {
    url: String,
    name: String,
}

impl Scratch {
    /// A name; the database is not there yet.
    pub(crate) fn empty() -> Self {
        let name = testbed::unique("t_");
        Self { url: testbed::sibling(&testbed::clickhouse(), &name), name }
    }

    /// With all tables. What tests write lies in the past: nothing expires.
    pub(crate) async fn migrated() -> Self {
        let scratch = Self::empty();
        let store = scratch.store();
        migrate(&store).await.expect("migrated");
        for table in [
            "events",
            "user_seen_7d",
            "post_metrics_1h",
            "user_author_90d",
            "authors_awaited",
            "ingest_batches",
        ] {
            store.run("test", &format!("SYSTEM STOP TTL MERGES {table}")).await.expect("stopped");
        }
        scratch
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn store(&self) -> ClickHouse {
        Self::at(self.url.clone(), Duration::from_secs(20))
    }

    pub(crate) fn at(url: String, deadline: Duration) -> ClickHouse {
        ClickHouse::open(&ClickHouseConfig { url, deadline, insert_deadline: deadline }).expect("a URL")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let store = self.store().without_database();
        let sql = format!("DROP DATABASE IF EXISTS {}", self.name);
        let dropped = testbed::at_end(async || store.run("test", &sql).await);
        if !std::thread::panicking() {
            dropped.expect("no panic").expect("dropped");
        }
    }
}
