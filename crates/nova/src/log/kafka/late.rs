//! The log as a process has it that may start before Kafka answers.
//!
//! Nothing is written before the topics were held against what they must be: until then every call is `Unavailable`.
//! Appends have a breaker, so that a Kafka that hangs is waited for a few times and not by every client.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use parking_lot::Mutex;

use super::{KafkaDeadLetters, KafkaLog};
use crate::guard::Watch;
use crate::log::{DeadLetter, DeadLetters, EventLog, Expired, LogReader, Place, Positions, Record, Topic};

/// The log and its dead letters, once each could be opened.
pub struct LateLog {
    log: OnceLock<Arc<KafkaLog>>,
    dead: OnceLock<Arc<KafkaDeadLetters>>,
    /// Why it is not open yet.
    why: Mutex<String>,
    appends: Arc<Watch>,
}

impl LateLog {
    /// Not open yet; `appends` watches what is written.
    #[must_use]
    pub fn new(appends: Arc<Watch>) -> Self {
        let why = Mutex::new("Kafka did not answer since the start".to_owned());
        Self { log: OnceLock::new(), dead: OnceLock::new(), why, appends }
    }

    /// The log is there from now on.
    pub fn opened(&self, log: Arc<KafkaLog>) {
        // the first stays: both are the same topics
        drop(self.log.set(log));
    }

    /// So are the dead letters.
    pub fn buries_in(&self, dead: Arc<KafkaDeadLetters>) {
        drop(self.dead.set(dead));
    }

    /// Opening it, or the store of its dead letters, failed.
    pub fn failed(&self, why: String) {
        *self.why.lock() = why;
    }

    /// The log itself.
    ///
    /// # Errors
    /// `Unavailable` while it is not open.
    pub fn log(&self) -> Result<&Arc<KafkaLog>> {
        self.log.get().ok_or_else(|| self.closed("log.open", "the log could not be opened yet"))
    }

    /// Its dead letters.
    ///
    /// # Errors
    /// `Unavailable` while they are not open.
    pub fn dead(&self) -> Result<&Arc<KafkaDeadLetters>> {
        self.dead.get().ok_or_else(|| self.closed("dead.open", "dead letters wait for log and store"))
    }

    fn closed(&self, op: &'static str, what: &'static str) -> Error {
        let cause = self.why.lock().clone();
        Error::new(Kind::Unavailable, op, what).with_source(cause)
    }
}

#[async_trait]
impl EventLog for LateLog {
    async fn append(&self, topic: Topic, records: Vec<Record>) -> Result<Positions> {
        let log = self.log()?;
        self.appends.call("log.append", log.append(topic, records)).await
    }

    async fn read(&self, topics: &[Topic], from: &Positions) -> Result<Box<dyn LogReader>> {
        self.log()?.read(topics, from).await
    }

    async fn ends(&self) -> Result<Positions> {
        self.log()?.ends().await
    }

    async fn starts(&self) -> Result<Positions> {
        self.log()?.starts().await
    }

    async fn commit(&self, group: &str, positions: &Positions) -> Result<()> {
        self.log()?.commit(group, positions).await
    }

    async fn committed(&self, group: &str) -> Result<Option<Positions>> {
        self.log()?.committed(group).await
    }

    async fn trim(&self, now: Timestamp) -> Result<u64> {
        self.log()?.trim(now).await
    }

    async fn check(&self) -> Result<()> {
        self.log()?.check().await
    }
}

#[async_trait]
impl DeadLetters for LateLog {
    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<()> {
        self.dead()?.bury(letters).await
    }

    async fn list(&self, limit: usize, before: Option<Place>) -> Result<Vec<DeadLetter>> {
        self.dead()?.list(limit, before).await
    }

    async fn show(&self, place: Place) -> Result<DeadLetter> {
        self.dead()?.show(place).await
    }

    async fn requeue(&self, place: Place, now: Timestamp) -> Result<()> {
        self.dead()?.requeue(place, now).await
    }

    async fn discard(&self, place: Place) -> Result<()> {
        self.dead()?.discard(place).await
    }

    async fn expire(&self, before: Timestamp, keep: u64) -> Result<Expired> {
        self.dead()?.expire(before, keep).await
    }

    async fn waiting(&self) -> Result<u64> {
        self.dead()?.waiting().await
    }
}
