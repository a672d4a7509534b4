//! How a consumer stands, for whoever is asked about its health.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::RwLock;

use super::Why;
use crate::log::{Positions, Topic};

/// What stands still, and how much waits. One per process.
#[derive(Debug, Default)]
pub struct Status {
    halted: RwLock<BTreeMap<(Topic, u16), Why>>,
    partitions: AtomicUsize,
    /// Topics that are others than the store was filled from.
    anew: RwLock<BTreeSet<Topic>>,
    /// The next record of each partition.
    reads: RwLock<BTreeMap<(Topic, u16), Arc<AtomicU64>>>,
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

    /// Records between what this member has read of its partitions and these ends, by topic.
    pub(super) fn behind(&self, ends: &Positions) -> BTreeMap<Topic, u64> {
        let mut behind = BTreeMap::new();
        for ((topic, partition), next) in &*self.reads.read() {
            let end = ends.get(*topic, *partition).unwrap_or(0);
            *behind.entry(*topic).or_default() += end.saturating_sub(next.load(Ordering::Relaxed));
        }
        behind
    }

    pub(super) fn halt(&self, topic: Topic, partition: u16, why: Why) {
        self.halted.write().insert((topic, partition), why);
    }

    /// These topics were made anew, and no others.
    pub(super) fn made_anew(&self, topics: BTreeSet<Topic>) {
        *self.anew.write() = topics;
    }

    /// The topics that were made anew.
    pub(super) fn anew(&self) -> BTreeSet<Topic> {
        self.anew.read().clone()
    }

    pub(super) fn assigned(&self, partitions: usize) {
        self.partitions.store(partitions, Ordering::Relaxed);
    }

    /// Everything is given back: what was known is known no more.
    pub(super) fn clear(&self) {
        self.assigned(0);
        self.halted.write().clear();
        self.reads.write().clear();
    }

    /// A partition is read from here on; whoever reads it says how far.
    pub(super) fn reads(&self, place: (Topic, u16), next: u64) -> Arc<AtomicU64> {
        let next = Arc::new(AtomicU64::new(next));
        self.reads.write().insert(place, Arc::clone(&next));
        next
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_the_next_record_of_each_partition_is_the_lag_of_its_topic() {
        let (status, mut ends) = (Status::default(), Positions::default());
        let first = status.reads((Topic::Events, 0), 10);
        status.reads((Topic::Events, 3), 5);
        ends.advance(Topic::Events, 0, 30);
        ends.advance(Topic::Events, 1, 1_000);
        ends.advance(Topic::Events, 3, 6);
        assert_eq!(status.behind(&ends), BTreeMap::from([(Topic::Events, 21)]));
        // read on since the ends were asked for
        first.store(31, Ordering::Relaxed);
        assert_eq!(status.behind(&ends), BTreeMap::from([(Topic::Events, 1)]));
        status.clear();
        assert_eq!(status.behind(&ends), BTreeMap::new());
    }
}
