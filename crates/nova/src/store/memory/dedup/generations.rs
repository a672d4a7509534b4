//! Which snapshots may be gone back to, and how far the log had come in them.

use std::collections::BTreeMap;

/// The latest second of receipt of each partition, in a snapshot.
pub(super) type Times = BTreeMap<u16, u32>;

/// The store keeps two snapshots, the second for when the first is damaged. What is dropped from the archive must be
/// of no use to either.
#[derive(Debug, Default)]
pub(super) struct Generations {
    /// Written, but not known to be durable.
    written: Option<Times>,
    newest: Option<Times>,
    oldest: Option<Times>,
}

impl Generations {
    /// After a start from a snapshot.
    pub(super) fn from_snapshot(times: Times) -> Self {
        Self { newest: Some(times), ..Self::default() }
    }

    pub(super) fn written(&mut self, times: Times) {
        self.written = Some(times);
    }

    /// What was written last is durable, and the one before it is now the oldest that is kept.
    pub(super) fn durable(&mut self) {
        if let Some(times) = self.written.take() {
            self.oldest = self.newest.replace(times);
        }
    }

    /// No arrival of this partition is decided again at a log time before this; `None`: any may be.
    pub(super) fn reached(&self, partition: u16) -> Option<u32> {
        self.oldest.as_ref()?.get(&partition).copied()
    }

    /// The same for all partitions.
    pub(super) fn reached_by_all(&self) -> Option<u32> {
        self.oldest.as_ref()?.values().min().copied()
    }
}
