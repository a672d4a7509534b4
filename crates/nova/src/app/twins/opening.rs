//! Kafka and ClickHouse, opened when they answer.
//!
//! What serves feeds needs PostgreSQL and nothing else, so that it starts without the other two and opens them as soon
//! as they are there. What carries the log into the store, and an index of its own, need both from the beginning.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nova_core::clock::Clock;
use nova_core::error::Error;
use parking_lot::Mutex;

use crate::config::Config;
use crate::log::{KafkaDeadLetters, KafkaLog, KafkaLogConfig, LateLog, Topic};
use crate::project::exactly_once::{Manifest, manifest};
use crate::store::clickhouse::{self, ClickHouse};

/// How long a start waits for what it can do without.
pub(super) const START_WAIT: Duration = Duration::from_secs(3);
/// Between two tries, doubled up to the second.
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// What is to be opened.
pub(super) struct Opening {
    pub(super) config: Arc<Config>,
    pub(super) kafka: KafkaLogConfig,
    pub(super) db: ClickHouse,
    pub(super) log: Arc<LateLog>,
    pub(super) clock: Arc<dyn Clock>,
    /// Of the topics, once they are known.
    pub(super) topics: Mutex<BTreeMap<Topic, Manifest>>,
}

impl Opening {
    /// Once: the tables of the store, the log, and whether the one was filled from the other. What can be done is done
    /// also when another fails.
    ///
    /// # Errors
    /// One line that names the part, the cause and the cure.
    pub(super) async fn once(&self) -> Result<()> {
        let (store, log) = tokio::join!(self.store(), self.log());
        let failed = |error: &anyhow::Error| self.log.failed(format!("{error:#}"));
        store.inspect_err(failed)?;
        let log = log.inspect_err(failed)?;
        let topics = manifest(&log, &self.db, self.clock.now())
            .await
            .context("the log is not the one that the store was filled from")?;
        let epochs = topics.iter().map(|(&topic, manifest)| (topic, manifest.epoch)).collect();
        *self.topics.lock() = topics;
        self.log.buries_in(Arc::new(KafkaDeadLetters::new(log, self.db.clone(), epochs)));
        Ok(())
    }

    /// Until it is done.
    ///
    /// # Errors
    /// What somebody must mend: waiting does not help.
    pub(super) async fn until_done(self: Arc<Self>) -> Result<()> {
        let mut pause = RETRY;
        loop {
            let Err(error) = self.once().await else { return Ok(()) };
            if !error.downcast_ref::<Error>().is_some_and(|error| error.kind().retry()) {
                return Err(error);
            }
            tracing::warn!(error = format!("{error:#}"), "the log or the store cannot be opened yet");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_MAX);
        }
    }

    async fn store(&self) -> Result<()> {
        clickhouse::migrate(&self.db)
            .await
            .map(drop)
            .with_context(|| format!("store.url {}", self.config.store.url))
    }

    async fn log(&self) -> Result<Arc<KafkaLog>> {
        if let Ok(log) = self.log.log() {
            return Ok(Arc::clone(log));
        }
        let log = KafkaLog::open(self.kafka.clone())
            .await
            .with_context(|| format!("log.url {}", self.config.log.url))?;
        let log = Arc::new(log);
        self.log.opened(Arc::clone(&log));
        Ok(log)
    }
}
