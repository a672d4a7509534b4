//! What is asked and answered, a batch at a time.

use crate::store::memory::dedup::fingerprint::Fingerprint;

/// What a batch asks; empty when its windows know everything.
#[derive(Debug, Default)]
pub(in crate::store::memory::dedup) struct Questions {
    pub(in crate::store::memory::dedup) by_time: Vec<ByTime>,
    pub(in crate::store::memory::dedup) by_receipt: Vec<ByReceipt>,
}

/// Which is the first offset of the identity with the same event time?
#[derive(Debug, Clone, Copy)]
pub(in crate::store::memory::dedup) struct ByTime {
    /// Which event of the batch asks.
    pub(in crate::store::memory::dedup) of: usize,
    pub(in crate::store::memory::dedup) print: Fingerprint,
    /// Since 1970.
    pub(in crate::store::memory::dedup) second: u32,
}

/// When was a copy at a smaller offset received, among those on this page of a run?
#[derive(Debug, Clone, Copy)]
pub(in crate::store::memory::dedup) struct ByReceipt {
    /// Which event of the batch asks.
    pub(in crate::store::memory::dedup) of: usize,
    pub(in crate::store::memory::dedup) print: Fingerprint,
    pub(in crate::store::memory::dedup) offset: u64,
    pub(in crate::store::memory::dedup) page: u64,
}

/// What the archive knows about an event.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::store::memory::dedup) struct Told {
    /// The first offset of the identity with the same event time.
    pub(in crate::store::memory::dedup) first: Option<u64>,
    /// When the identity was received last, at a smaller offset, among what left early.
    pub(in crate::store::memory::dedup) received: Option<u32>,
}

impl Questions {
    pub(in crate::store::memory::dedup) fn is_empty(&self) -> bool {
        self.by_time.is_empty() && self.by_receipt.is_empty()
    }
}
