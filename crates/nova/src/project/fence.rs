//! Own events are read back: a viewer's request waits until the store has applied what the viewer did last. And nobody
//! is answered from a store that a restart left behind what was confirmed before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nova_core::error::Result;
use nova_core::model::UserId;

use super::Progress;
use super::patience::Patience;
use super::pending::Pending;
use crate::log::Positions;

/// What must be applied before a request may read.
#[derive(Debug)]
pub struct Fence {
    /// The events and writes of each viewer that may not be applied yet.
    pending: Pending,
    /// What the log held when this process started: a block among it must hold from the first answer on.
    start: Positions,
    started: AtomicBool,
    progress: Arc<Progress>,
    pages: Patience,
    writes: Patience,
}

/// How long is waited; see `server` in `config/nova.toml`.
#[derive(Debug, Clone, Copy)]
pub struct FenceConfig {
    /// By a page, which can be made without the store.
    pub page_wait: Duration,
    /// By a write, which promises to be read back.
    pub write_wait: Duration,
}

impl Fence {
    /// Nobody passes before everything up to `start` is applied.
    #[must_use]
    pub fn new(progress: Arc<Progress>, config: FenceConfig, start: Positions) -> Self {
        Self {
            pending: Pending::default(),
            start,
            started: AtomicBool::new(false),
            progress,
            pages: Patience::new(config.page_wait),
            writes: Patience::new(config.write_wait),
        }
    }

    /// What these viewers did ends at `position`.
    pub fn raise(&self, viewers: impl IntoIterator<Item = UserId>, position: Positions) {
        self.pending.raise(viewers, position, &self.progress);
    }

    /// Is everything applied that the log held when this process started?
    #[must_use]
    pub fn has_started(&self) -> bool {
        if self.started.load(Ordering::Relaxed) {
            return true;
        }
        let started = self.progress.covers(&self.start);
        self.started.fetch_or(started, Ordering::Relaxed) || started
    }

    /// Waits until everything is applied that the log held when this process started.
    ///
    /// # Errors
    /// `Timeout` after the deadline of pages, and at once while what somebody waited for in vain is still not applied:
    /// what was blocked before the restart might show.
    pub async fn open(&self) -> Result<()> {
        self.started(&self.pages).await
    }

    /// The same, and until everything is applied that the viewer did.
    ///
    /// # Errors
    /// As [`Fence::open`]: what the viewer hid a moment ago might show.
    pub async fn pass(&self, viewer: UserId) -> Result<()> {
        self.applied(viewer, &self.pages).await
    }

    /// The same for somebody who wrote and is to be told that it can be read back.
    ///
    /// # Errors
    /// As [`Fence::open`], with the deadline of writes and a memory of its own.
    pub async fn confirm(&self, writer: UserId) -> Result<()> {
        self.applied(writer, &self.writes).await
    }

    async fn started(&self, patience: &Patience) -> Result<()> {
        if self.has_started() {
            return Ok(());
        }
        patience.reach(&self.progress, &self.start).await
    }

    async fn applied(&self, viewer: UserId, patience: &Patience) -> Result<()> {
        self.started(patience).await?;
        match self.pending.of(viewer, &self.progress) {
            Some(awaited) => patience.reach(&self.progress, &awaited).await,
            None => Ok(()),
        }
    }
}
