//! The consumer as it runs: one thread polls and commits, a task for each partition of `events` and for each table
//! does the rest.
//!
//! ```text
//!   thread   poll -> chunks -> tasks ...      requests -> numbers checked -> one commit -> poll
//!               `- rebalance: what is under way is ended within `drain`, numbers are raised
//!   tasks    a lane's operations, one at a time, repeated until they work
//! ```

mod backoff;
mod commits;
mod config;
mod context;
mod ground;
mod identity;
mod lag;
mod ledger;
mod poll;
mod refused;
mod seats;
mod worker;
#[cfg(test)]
mod trial;

pub(super) use backoff::backoff;
pub(super) use commits::{Answer, Request};
pub use config::{ConsumerConfig, GROUP};
pub(super) use ground::{Ground, Phase};
pub(super) use refused::said;
#[cfg(test)]
pub(super) use trial::{Trial, TrialTable};

use std::sync::Arc;

use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use tokio_util::sync::CancellationToken;

use self::ledger::Ledger;
use super::{Sink, Status};
use crate::log::{DeadLetters, EventLog};

/// Carries the log into the store, as a member of a group.
pub struct Consumer {
    /// Asked how far it reaches.
    pub log: Arc<dyn EventLog>,
    /// Where events and rows go.
    pub sink: Arc<dyn Sink>,
    /// Where those go that can never be written.
    pub dead: Arc<dyn DeadLetters>,
    /// For the age of a range and the time of burial.
    pub clock: Arc<dyn Clock>,
    /// Told how it stands.
    pub status: Arc<Status>,
    /// How it works.
    pub config: ConsumerConfig,
}

impl Consumer {
    /// Runs until `stop`; what is under way is ended and committed then, within `drain`. Called in a runtime.
    ///
    /// # Errors
    /// When Kafka's client cannot be made of the configuration. Whatever may pass is waited for.
    pub async fn run(self, stop: CancellationToken) -> Result<()> {
        let (ledger, writer) = Ledger::new();
        let writing = writer.run(Arc::clone(&self.sink), self.config.operation_max);
        let topics = self.config.topics.keys().copied().collect();
        let telling = lag::tell(Arc::clone(&self.log), Arc::clone(&self.status), topics);
        let watching =
            identity::watch(self.config.kafka.clone(), self.config.topics.clone(), Arc::clone(&self.status));
        let ground = Arc::new(Ground::new(self, ledger));
        let polling = {
            let runtime = tokio::runtime::Handle::current();
            move || poll::until(&ground, &runtime, &stop)
        };
        let polling = tokio::task::spawn_blocking(polling);
        // the ledger is written for as long as anybody may need it
        let ended = async { tokio::join!(polling, writing).0 };
        let ended = tokio::select! {
            ended = ended => ended,
            never = telling => match never {},
            never = watching => match never {},
        };
        ended.map_err(|error| {
            Error::new(Kind::Unavailable, "consume", "the consumer ended early").with_source(error)
        })?
    }
}
