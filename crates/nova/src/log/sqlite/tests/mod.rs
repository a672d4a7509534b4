//! The suite of the port, and what only this twin promises.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::clock::Clock;
use nova_core::model::Timestamp;
use nova_core::testkit::ManualClock;
use tempfile::TempDir;

use super::{SqliteLog, SqliteLogConfig};
use crate::log::contract::{Fixture, suite};
use crate::log::{DeadLetters, EventLog, Record};

/// A log in a directory of its own, and its clock.
struct Twin {
    dir: TempDir,
    clock: Arc<ManualClock>,
    log: Arc<SqliteLog>,
}

/// Records older than this may go.
const RETENTION: Duration = Duration::from_secs(3_600);

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn open(dir: &Path, clock: &Arc<ManualClock>) -> nova_core::error::Result<SqliteLog> {
    let config = SqliteLogConfig { retention: RETENTION, ..SqliteLogConfig::default() };
    SqliteLog::open(dir, config, Arc::clone(clock) as _)
}

impl Twin {
    fn new() -> Self {
        let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(now())));
        let log = Arc::new(open(dir.path(), &clock).unwrap());
        Self { dir, clock, log }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The other connections end first, as at the end of a process.
    fn reopened(self) -> Self {
        let Self { dir, clock, log } = self;
        drop(Arc::into_inner(log).expect("nobody else holds the log"));
        let log = Arc::new(open(dir.path(), &clock).unwrap());
        Self { dir, clock, log }
    }
}

#[async_trait]
impl Fixture for Twin {
    async fn open() -> Self {
        Self::new()
    }

    async fn reopen(self) -> Self {
        self.reopened()
    }

    fn log(&self) -> Arc<dyn EventLog> {
        Arc::clone(&self.log) as _
    }

    fn dead(&self) -> Arc<dyn DeadLetters> {
        Arc::clone(&self.log) as _
    }
}

fn records(key: &str, count: usize) -> Vec<Record> {
    let value = |number: usize| Some(Bytes::from(number.to_string()));
    (0..count)
        .map(|number| Record { key: Bytes::copy_from_slice(key.as_bytes()), value: value(number) })
        .collect()
}

mod crash;
mod model;
mod twin;

mod contract {
    use super::{Twin, suite};

    suite!(Twin);
}
