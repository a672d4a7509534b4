//! What the index of this process must hold before it answers: everything that the log held when the process started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Progress;
use crate::log::Positions;

/// A block among what was confirmed before a restart must hold from the first answer on.
#[derive(Debug)]
pub struct Start {
    progress: Arc<Progress>,
    positions: Positions,
    /// Once and for all: dozens of partitions are not compared with every question.
    reached: AtomicBool,
}

impl Start {
    /// `positions` is what the log held when the process started.
    #[must_use]
    pub fn new(progress: Arc<Progress>, positions: Positions) -> Self {
        Self { progress, positions, reached: AtomicBool::new(false) }
    }

    /// Is everything applied that the log held then?
    #[must_use]
    pub fn is_reached(&self) -> bool {
        if self.reached.load(Ordering::Relaxed) {
            return true;
        }
        let reached = self.progress.covers(&self.positions);
        // another may have seen it come
        self.reached.fetch_or(reached, Ordering::Relaxed) || reached
    }

    /// What the log held then.
    #[must_use]
    pub const fn positions(&self) -> &Positions {
        &self.positions
    }

    /// How far the index is.
    #[must_use]
    pub const fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }
}
