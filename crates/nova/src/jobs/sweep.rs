//! Interactions that came before their post find its author.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;

use super::Job;
use crate::store::clickhouse::ClickHouseStore;

/// Interactions of one step. A run goes on while steps are full, at most [`STEPS_MAX`] times.
const STEP: usize = 20_000;
const STEPS_MAX: usize = 50;
/// A post and what is done with it come by different topics, mostly within a second of each other.
const EVERY: Duration = Duration::from_secs(5);

/// Finds the authors that were awaited.
pub struct SweepAuthors(pub Arc<ClickHouseStore>);

#[async_trait]
impl Job for SweepAuthors {
    fn name(&self) -> &'static str {
        "sweep_authors"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&self) -> Result<()> {
        for _ in 0..STEPS_MAX {
            if self.0.sweep_authors(STEP).await? < STEP {
                break;
            }
        }
        Ok(())
    }
}
