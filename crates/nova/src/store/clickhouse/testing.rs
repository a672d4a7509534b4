//! Databases for tests, each for one.

use std::time::Duration;

use super::{ClickHouse, ClickHouseConfig, migrate};
use crate::testbed;

/// A database of one test; dropped with [`Scratch::drop`], left behind by a test that fails.
pub(crate) struct Scratch {
    url: String,
    name: String,
}

impl Scratch {
    /// A name; the database is not there yet.
    pub(crate) fn empty() -> Self {
        let name = testbed::unique("t_");
        let url = testbed::clickhouse();
        let server = url.rsplit_once('/').expect("a database").0;
        Self { url: format!("{server}/{name}"), name }
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

    pub(crate) async fn drop(self) {
        let store = self.store().without_database();
        store.run("test", &format!("DROP DATABASE IF EXISTS {}", self.name)).await.expect("dropped");
    }
}
