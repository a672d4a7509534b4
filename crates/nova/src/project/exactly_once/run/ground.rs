//! What everything in a consumer stands on.

use std::sync::Arc;
use std::time::Duration;

use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};

use super::ledger::Ledger;
use super::{Consumer, ConsumerConfig};
use crate::log::{DeadLetters, Topic};
use crate::metrics;
use crate::project::exactly_once::{Epochs, Notice, Sink, Status};

/// How long the present assignment still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::project::exactly_once) enum Phase {
    Live,
    /// What is begun may be ended.
    Revoked,
    /// It is over.
    Lost,
}

pub(in crate::project::exactly_once) struct Ground {
    pub(in crate::project::exactly_once) sink: Arc<dyn Sink>,
    pub(in crate::project::exactly_once) dead: Arc<dyn DeadLetters>,
    pub(in crate::project::exactly_once) clock: Arc<dyn Clock>,
    pub(in crate::project::exactly_once) config: ConsumerConfig,
    pub(in crate::project::exactly_once) epochs: Epochs,
    pub(super) status: Arc<Status>,
    pub(super) ledger: Ledger,
}

impl Ground {
    pub(super) fn new(consumer: Consumer, ledger: Ledger) -> Self {
        let Consumer { sink, dead, clock, status, config, log: _ } = consumer;
        Self { sink, dead, clock, config, epochs: Epochs::default(), status, ledger }
    }

    /// What an operation gives within its deadline; `None`, told and counted, when it failed and may be repeated.
    pub(in crate::project::exactly_once) async fn within<T>(
        &self,
        step: &'static str,
        operation: impl Future<Output = Result<T>>,
    ) -> Option<T> {
        self.judged(step, operation).await.ok()
    }

    /// The same with the error.
    pub(in crate::project::exactly_once) async fn judged<T>(
        &self,
        step: &'static str,
        operation: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let late = |_| Err(Error::new(Kind::Timeout, "consume", "it took longer than it may"));
        let given = tokio::time::timeout(self.config.operation_max, operation).await.unwrap_or_else(late);
        given.inspect_err(|error| {
            metrics::consumer_retried(step);
            tracing::warn!(error = ?error, step, "a step of the consumer failed and is repeated");
        })
    }

    /// Waits before a try, by how many failed.
    pub(super) async fn pause(&self, failed: u32) {
        let pause: Duration = super::backoff(failed);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// Tells what somebody should know.
    pub(in crate::project::exactly_once) fn tell(&self, of: Topic, partition: u16, notice: &Notice) {
        let topic = of.name();
        match notice {
            Notice::Written(entry) => metrics::consumed(entry),
            Notice::Halted(why) => {
                metrics::consumer_halted(why.name());
                self.status.halt(of, partition, why.clone());
                tracing::error!(
                    topic,
                    partition,
                    why = why.name(),
                    "partition {partition} of {topic} stands still: {why}"
                );
            }
            Notice::Differs { first, records, hash } => {
                metrics::consumer_differs();
                tracing::error!(
                    topic,
                    partition,
                    first.records,
                    first.hash,
                    records,
                    hash,
                    "the range {}-{} was decided otherwise than the first time; what was written first stands",
                    first.first,
                    first.last
                );
            }
            Notice::Vanished(token) => {
                metrics::consumer_vanished();
                tracing::error!(topic, partition, %token, "the store remembers a block that it does not hold; it is written again");
            }
            Notice::Completed { range, rows } => {
                metrics::consumer_completed(*rows);
                tracing::error!(
                    topic,
                    partition,
                    range.first,
                    range.last,
                    rows,
                    "an insert had been cut off behind its table: rows of derived tables were missing and are written; \
                     sums may lack the range, `nova audit` tells"
                );
            }
            Notice::Hole { from, to } => {
                metrics::consumer_hole(to - from);
                tracing::warn!(
                    topic,
                    partition,
                    from,
                    to,
                    "the log has no records with these offsets (to: exclusive)"
                );
            }
        }
    }
}
