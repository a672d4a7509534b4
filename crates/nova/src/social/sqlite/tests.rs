//! What only this twin promises, and the suite of all twins.

mod open;
mod plans;
mod records;
mod replay;

use std::sync::Arc;

use async_trait::async_trait;
use nova_core::model::Timestamp;
use nova_core::ranking::RankingConfig;
use nova_core::testkit::ManualClock;
use tempfile::TempDir;

use super::SqliteSocial;
use crate::log::sqlite::Wake;
use crate::log::{BatchLimit, Entry, EventLog, Positions, SqliteLog, SqliteLogConfig, Topic};
use crate::social::contract::{Twin, contract};
use crate::social::{Social, Write, Written};

/// A directory that lasts as long as the test, and a clock.
struct Here {
    dir: TempDir,
    clock: Arc<ManualClock>,
}

/// When [`Here`]'s clock stands at first.
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_123_456);

impl Here {
    fn new() -> Self {
        Self { dir: TempDir::new().expect("a directory"), clock: Arc::new(ManualClock::new(NOW)) }
    }

    fn social(&self) -> SqliteSocial {
        self.opened(Wake::new()).expect("open")
    }

    fn opened(&self, wake: Wake) -> nova_core::error::Result<SqliteSocial> {
        let early_tolerance = RankingConfig::default().early_tolerance();
        SqliteSocial::open(self.dir.path(), self.clock.clone(), wake, early_tolerance)
    }

    /// Everything in the log, topic by topic.
    async fn records(&self) -> Vec<Entry> {
        let log =
            SqliteLog::open(self.dir.path(), SqliteLogConfig::default(), self.clock.clone()).expect("log");
        let ends = log.ends().await.expect("ends");
        let mut found = Vec::new();
        for ((topic, partition), end) in ends.iter() {
            let mut reader = log.read(&[topic], &Positions::default()).await.expect("read");
            let limit = BatchLimit { records_max: 10_000, wait_max: std::time::Duration::from_secs(5) };
            let mut reached = 0;
            while reached < end {
                let batch = reader.next(limit).await.expect("batch");
                reached = batch.upto.get(topic, partition).unwrap_or(reached);
                found.extend(batch.entries);
            }
        }
        found
    }
}

#[async_trait]
impl Twin for Here {
    async fn open(&self) -> Arc<dyn Social> {
        Arc::new(self.social())
    }
}

async fn one(social: &SqliteSocial, write: Write) -> Written {
    social.write(vec![write]).await.expect("the call").remove(0).expect("the write")
}

fn json(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).expect("JSON")
}

contract!(Here::new());
