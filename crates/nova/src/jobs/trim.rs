//! Drops what the log need not keep, and measures what is held.

use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;

use super::Job;
use crate::app::Ports;
use crate::metrics;

/// The log's retention, and the gauges that nobody else sets.
pub(super) struct Trim {
    pub(super) ports: Ports,
}

#[async_trait]
impl Job for Trim {
    fn name(&self) -> &'static str {
        "log_trim"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(self.ports.config.jobs.trim_s)
    }

    async fn run(&self) -> Result<()> {
        metrics::sized(&self.ports.store.size().await?);
        metrics::lag(self.ports.log.ends().await?.lag_of(&self.ports.progress.applied()));
        metrics::trimmed(self.ports.log.trim(self.ports.clock.now()).await?);
        Ok(())
    }
}
