//! How a consumer stands, for whoever is asked about its health.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::Why;
use crate::log::Topic;

/// What stands still, and how much waits. One per process.
#[derive(Debug, Default)]
pub struct Status {
    halted: RwLock<BTreeMap<(Topic, u16), Why>>,
    partitions: AtomicUsize,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Status {
    /// The partitions of this member that stand still until somebody decides.
    #[must_use]
    pub fn halted(&self) -> BTreeMap<(Topic, u16), Why> {
        self.halted.read().clone()
    }

    /// How many partitions this member works on.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.partitions.load(Ordering::Relaxed)
    }

    /// Bytes of records that wait for the tasks of this member.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn halt(&self, topic: Topic, partition: u16, why: Why) {
        self.halted.write().insert((topic, partition), why);
    }

    pub(super) fn assigned(&self, partitions: usize) {
        self.partitions.store(partitions, Ordering::Relaxed);
    }

    /// Everything is given back: what was known is known no more.
    pub(super) fn clear(&self) {
        self.assigned(0);
        self.halted.write().clear();
    }

    /// The way to one task.
    pub(super) fn load(&self) -> Load {
        Load { all: Arc::clone(&self.waiting_bytes), own: Arc::default() }
    }
}

/// Bytes on the way to a task, counted where they are put and where they are taken.
#[derive(Debug, Clone)]
pub(super) struct Load {
    all: Arc<AtomicUsize>,
    own: Arc<AtomicUsize>,
}

impl Load {
    pub(super) fn put(&self, bytes: usize) {
        self.own.fetch_add(bytes, Ordering::Relaxed);
        self.all.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn taken(&self, bytes: usize) {
        self.own.fetch_sub(bytes, Ordering::Relaxed);
        self.all.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self) -> usize {
        self.own.load(Ordering::Relaxed)
    }
}
