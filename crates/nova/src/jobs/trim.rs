//! Drops what the log and the dead letters need not keep, and measures what is held.

use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;

use super::Job;
use crate::app::{Ports, Services};
use crate::log::Expired;
use crate::metrics;
use crate::project::Index;

/// What is kept for a time only, and the gauges that nobody else sets.
pub(super) struct Trim {
    pub(super) ports: Ports,
    pub(super) services: Services,
}

#[async_trait]
impl Job for Trim {
    fn name(&self) -> &'static str {
        "log_trim"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(self.services.config.jobs.trim_s)
    }

    async fn run(&self) -> Result<()> {
        metrics::sized(&self.ports.store.size().await?);
        if self.services.fence.index() != Index::Absent {
            metrics::lag(self.ports.log.ends().await?.lag_of(&self.services.progress.applied()));
        }
        metrics::trimmed(self.ports.log.trim(self.services.clock.now()).await?);
        self.expire().await
    }
}

impl Trim {
    /// Dead letters, never without a word: some may be all that is left of what somebody did.
    async fn expire(&self) -> Result<()> {
        let keys = &self.services.config.log;
        let age = Duration::from_secs(u64::from(keys.dead_letter_days) * 86_400);
        let before = self.services.clock.now().minus(age);
        let expired = self.ports.dead.expire(before, keys.dead_letters_max).await?;
        metrics::letters_dropped(expired);
        if expired != Expired::default() {
            tracing::warn!(
                letters.aged = expired.aged,
                letters.crowded = expired.crowded,
                letters.waiting = expired.waiting,
                "dead letters were dropped: past log.dead_letter_days or over log.dead_letters_max"
            );
        }
        Ok(())
    }
}
