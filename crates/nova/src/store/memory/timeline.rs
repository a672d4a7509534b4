//! All posts by the time at which they appeared.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use nova_core::model::Timestamp;
use parking_lot::RwLock;

use super::packed::{room, seconds};

/// A slot's length: of 10 million posts in 30 days a slot holds about 1,200.
const SLOT_SECONDS: u32 = 300;

type Slot = Arc<RwLock<Vec<u32>>>;

/// Rows in slots of five minutes, in no order within a slot. Readers copy one slot at a time.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    slots: RwLock<BTreeMap<u32, Slot>>,
}

impl Timeline {
    pub(super) fn add(&self, created_at: Timestamp, row: u32) {
        let slot = self.slot(created_at);
        let mut rows = slot.write();
        room(&mut rows);
        rows.push(row);
    }

    /// Adds many; quick where those of one slot come in a row.
    pub(super) fn extend(&self, posts: impl Iterator<Item = (Timestamp, u32)>) {
        let mut held: Option<(u32, Slot)> = None;
        for (created_at, row) in posts {
            let start = seconds(created_at) / SLOT_SECONDS;
            let (_, slot) = match held.take().filter(|&(held, _)| held == start) {
                Some(same) => held.insert(same),
                None => held.insert((start, self.slot(created_at))),
            };
            let mut rows = slot.write();
            room(&mut rows);
            rows.push(row);
        }
    }

    pub(super) fn remove(&self, created_at: Timestamp, row: u32) {
        let slot = self.slot(created_at);
        let mut rows = slot.write();
        if let Some(place) = rows.iter().position(|&held| held == row) {
            rows.swap_remove(place);
        }
    }

    /// Gives the slots one by one, newest first, beginning with the one that `latest` lies in; each slot's posts
    /// appeared after those of all slots that follow. Ends after the slot of `since`, or when `visit` breaks.
    pub(super) fn newest_first(
        &self,
        latest: Timestamp,
        since: Timestamp,
        mut visit: impl FnMut(&[u32]) -> ControlFlow<()>,
    ) {
        let mut end = seconds(latest) / SLOT_SECONDS + 1;
        let first = seconds(since) / SLOT_SECONDS;
        let mut rows = Vec::new();
        while first < end {
            let Some((start, slot)) = self.before(first, end) else { break };
            end = start;
            rows.clear();
            rows.extend_from_slice(&slot.read());
            if visit(&rows).is_break() {
                break;
            }
        }
    }

    fn before(&self, first: u32, end: u32) -> Option<(u32, Slot)> {
        let slots = self.slots.read();
        slots.range(first..end).next_back().map(|(&start, slot)| (start, Arc::clone(slot)))
    }

    fn slot(&self, created_at: Timestamp) -> Slot {
        let start = seconds(created_at) / SLOT_SECONDS;
        if let Some(slot) = self.slots.read().get(&start) {
            return Arc::clone(slot);
        }
        Arc::clone(self.slots.write().entry(start).or_default())
    }
}
