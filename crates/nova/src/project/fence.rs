//! Own events are read back: a viewer's request waits until the store has applied the viewer's last event. And nobody
//! is answered from a store that a restart left behind what was confirmed before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moka::ops::compute::Op;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use nova_core::error::Result;
use nova_core::model::UserId;

use super::Progress;
use crate::log::Positions;

/// Viewers with an event on its way, at most; beyond it the least recent are forgotten, and their next request may
/// come before their event.
const VIEWERS_MAX: u64 = 200_000;
/// After this long nobody waits for an event any more: the projection is either through or stuck.
const REMEMBERED: Duration = Duration::from_secs(30);

/// What must be applied before a request may read.
#[derive(Debug)]
pub struct Fence {
    /// The last event or write of each viewer that may not be applied yet.
    pending: Cache<UserId, Arc<Positions>>,
    /// What the log held when this process started: a block among it must hold from the first answer on.
    start: Positions,
    started: AtomicBool,
    progress: Arc<Progress>,
    deadline: Duration,
}

impl Fence {
    /// Requests wait at most `deadline`; none passes before everything up to `start` is applied.
    #[must_use]
    pub fn new(progress: Arc<Progress>, deadline: Duration, start: Positions) -> Self {
        let pending = Cache::builder()
            .max_capacity(VIEWERS_MAX)
            // the default keeps what is asked for often, and would turn the newest away
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(REMEMBERED)
            .build();
        Self { pending, start, started: AtomicBool::new(false), progress, deadline }
    }

    /// These viewers' events end at `position`.
    pub fn raise(&self, viewers: impl IntoIterator<Item = UserId>, position: Positions) {
        let position = Arc::new(position);
        for viewer in viewers {
            self.pending.insert(viewer, Arc::clone(&position));
        }
    }

    /// Is everything applied that the log held when this process started?
    #[must_use]
    pub fn has_started(&self) -> bool {
        if self.started.load(Ordering::Relaxed) {
            return true;
        }
        let started = self.progress.applied().covers(&self.start);
        self.started.fetch_or(started, Ordering::Relaxed) || started
    }

    /// Waits until everything is applied that the log held when this process started.
    ///
    /// # Errors
    /// As [`Progress::wait`]: what was blocked before the restart might show.
    pub async fn open(&self) -> Result<()> {
        if self.has_started() {
            return Ok(());
        }
        self.progress.wait(&self.start, self.deadline).await
    }

    /// The same, and until the viewer's last event is applied.
    ///
    /// # Errors
    /// As [`Progress::wait`]: what the viewer hid a moment ago might show.
    pub async fn pass(&self, viewer: UserId) -> Result<()> {
        self.open().await?;
        let Some(position) = self.pending.get(&viewer) else { return Ok(()) };
        self.progress.wait(&position, self.deadline).await?;
        // another one may have been raised meanwhile
        self.pending.entry(viewer).and_compute_with(|entry| match entry {
            Some(entry) if Arc::ptr_eq(entry.value(), &position) => Op::Remove,
            _ => Op::Nop,
        });
        Ok(())
    }
}
