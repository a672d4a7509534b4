//! When the entries of a ring were received: one for each second, not a time for each entry.

use std::collections::VecDeque;

/// A second of receipt, since 1970, and the offset of the first entry that was remembered in it.
pub(crate) type Since = (u32, u64);

/// Oldest first; seconds and offsets rise. At most one a second, and each has an entry in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receipts(VecDeque<Since>);

impl Receipts {
    /// An entry was remembered, with a greater offset and no earlier than those before it.
    pub(crate) fn note(&mut self, second: u32, offset: u64) {
        if self.0.back().is_none_or(|(before, _)| *before < second) {
            self.0.push_back((second, offset));
        }
    }

    /// When the entry at this offset was received.
    pub(super) fn of(&self, offset: u64) -> u32 {
        let after = self.0.partition_point(|(_, first)| *first <= offset);
        self.0.get(after.saturating_sub(1)).map_or(0, |(second, _)| *second)
    }

    /// The first offset that was received at this second or later; beyond every offset if there is none.
    pub(crate) fn first_since(&self, second: u32) -> u64 {
        let before = self.0.partition_point(|(known, _)| *known < second);
        self.0.get(before).map_or(u64::MAX, |(_, first)| *first)
    }

    /// Forgets what no entry from this offset on needs.
    pub(crate) fn forget_before(&mut self, offset: u64) {
        while self.0.get(1).is_some_and(|(_, first)| *first <= offset) {
            self.0.pop_front();
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where the first second begins.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.front().map(|(_, first)| *first)
    }

    pub(super) fn all(&self) -> impl ExactSizeIterator<Item = Since> {
        self.0.iter().copied()
    }

    /// Takes up one that was saved; `false` when it does not follow on the one before.
    pub(super) fn follow(&mut self, (second, first): Since) -> bool {
        let follows = self.0.back().is_none_or(|before| before.0 < second && before.1 < first);
        self.0.push_back((second, first));
        follows
    }
}
