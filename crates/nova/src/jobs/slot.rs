//! The replication slot of change capture is looked at while the service runs: without it changes are lost for good,
//! and nothing else would say so before somebody misses them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nova_core::error::Result;
use parking_lot::Mutex;

use super::Job;
use crate::metrics;
use crate::social::PostgresSocial;
use crate::social::postgres::capture::{Finding, Slot};

/// A server that may keep little log (`max_slot_wal_keep_size`) takes minutes to drop what a slot needs; a question costs
/// a fraction of a millisecond.
const EVERY: Duration = Duration::from_secs(15);

/// Looks at one slot; says what is wrong with it once, and that it is whole again.
pub struct WatchSlot {
    social: Arc<PostgresSocial>,
    slot: String,
    /// What was said last. Told apart by its cures: causes count bytes.
    said: Mutex<Vec<String>>,
}

impl WatchSlot {
    /// Of this name.
    #[must_use]
    pub fn new(social: Arc<PostgresSocial>, slot: String) -> Self {
        Self { social, slot, said: Mutex::default() }
    }

    fn say(&self, findings: Vec<Finding>) {
        let cures: Vec<String> = findings.iter().map(|finding| finding.cure.clone()).collect();
        let before = std::mem::replace(&mut *self.said.lock(), cures.clone());
        if before == cures {
            return;
        }
        if findings.is_empty() {
            tracing::info!(slot = %self.slot, "changes are captured again: the replication slot is whole and read");
        }
        for finding in findings {
            tracing::error!(slot = %self.slot, "change capture: {finding}");
        }
    }
}

#[async_trait]
impl Job for WatchSlot {
    fn name(&self) -> &'static str {
        "watch_slot"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&self) -> Result<()> {
        let slot = self.social.slot(&self.slot).await?;
        metrics::slot(&self.slot, slot.as_ref());
        self.say(Slot::findings(slot.as_ref(), &self.slot));
        Ok(())
    }
}
