//! Things that are set and unset in two ways: likes and hides, by a table's rows and by events.
//!
//! A viewer and a post have two registers that know nothing of each other. The row's keeps the change with the
//! greatest version, the event's the latest event. What holds is the one with the later time, the row's on a tie.
//! Because neither side ever looks at the other when it is written, the two topics may arrive in any order.

use hashbrown::hash_map::Entry;
use nova_core::model::{Stamp, Timestamp};

use super::packed::{RowMap, Split};

const SET: i32 = 1;
const RECOMMENDED: i32 = 2;
const DAY_SHIFT: u32 = 8;

/// What one side says, with the day that it counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark(i32);

impl Mark {
    /// `day` in days since 1970; the years 1 to 9999 fit.
    pub(super) const fn new(set: bool, day: i32) -> Self {
        Self(day << DAY_SHIFT | if set { SET } else { 0 })
    }

    pub(super) const fn is_set(self) -> bool {
        self.0 & SET != 0
    }

    pub(super) const fn day(self) -> i32 {
        self.0 >> DAY_SHIFT
    }

    /// Was it counted as a success of a recommendation?
    pub(super) const fn is_recommended(self) -> bool {
        self.0 & RECOMMENDED != 0
    }

    pub(super) const fn with_recommended(self, holds: bool) -> Self {
        Self(if holds { self.0 | RECOMMENDED } else { self.0 & !RECOMMENDED })
    }

    pub(super) const fn bits(self) -> i32 {
        self.0
    }

    pub(super) const fn from_bits(bits: i32) -> Self {
        Self(bits)
    }
}

/// The row's side: 20 bytes and the post's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByRow {
    pub(super) version: Split,
    pub(super) committed_at: Split,
    pub(super) mark: Mark,
}

/// The event's side: 12 bytes and the post's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByEvent {
    pub(super) at: Split,
    pub(super) mark: Mark,
}

/// What held before a change and what holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    /// `None`: never set or unset.
    pub(super) before: Option<Mark>,
    /// As `before`.
    pub(super) after: Option<Mark>,
}

/// One viewer's registers by post.
#[derive(Debug, Default)]
pub(super) struct Registers {
    pub(super) rows: RowMap<ByRow>,
    pub(super) events: RowMap<ByEvent>,
}

impl Registers {
    /// A row was written (`set`) or removed; `None` for a version that is not newer.
    pub(super) fn by_row(&mut self, post: u32, stamp: Stamp, set: bool, day: i32) -> Option<Shift> {
        let before = self.get(post);
        let side = ByRow {
            version: Split::new(stamp.version),
            committed_at: Split::at(stamp.committed_at),
            mark: Mark::new(set, day),
        };
        match self.rows.entry(post) {
            Entry::Occupied(held) if held.get().version.get() >= stamp.version => return None,
            Entry::Occupied(mut held) => *held.get_mut() = side,
            Entry::Vacant(place) => _ = place.insert(side),
        }
        Some(Shift { before, after: self.get(post) })
    }

    /// An event set or unset it at `at`; of two at one time the later in the log holds.
    pub(super) fn by_event(&mut self, post: u32, at: Timestamp, set: bool) -> Shift {
        let before = self.get(post);
        let side = ByEvent { at: Split::at(at), mark: Mark::new(set, at.day()) };
        match self.events.entry(post) {
            Entry::Occupied(held) if held.get().at.time() > at => {}
            Entry::Occupied(mut held) => *held.get_mut() = side,
            Entry::Vacant(place) => _ = place.insert(side),
        }
        Shift { before, after: self.get(post) }
    }

    /// What holds.
    #[inline]
    pub(super) fn get(&self, post: u32) -> Option<Mark> {
        let row = self.rows.get(&post);
        // most viewers have one side only
        let event = if self.events.is_empty() { None } else { self.events.get(&post) };
        match (row, event) {
            (Some(row), Some(event)) if event.at.time() > row.committed_at.time() => Some(event.mark),
            (Some(row), _) => Some(row.mark),
            (None, event) => event.map(|event| event.mark),
        }
    }

    #[inline]
    pub(super) fn is_set(&self, post: u32) -> bool {
        self.get(post).is_some_and(Mark::is_set)
    }

    /// Notes on what holds whether it was counted as a success of a recommendation; the other side was not.
    pub(super) fn note_recommended(&mut self, post: u32, recommended: bool) {
        let (mut row, mut event) = (self.rows.get_mut(&post), self.events.get_mut(&post));
        let event_holds = match (&row, &event) {
            (Some(row), Some(event)) => event.at.time() > row.committed_at.time(),
            (row, _) => row.is_none(),
        };
        if let Some(row) = &mut row {
            row.mark = row.mark.with_recommended(recommended && !event_holds);
        }
        if let Some(event) = &mut event {
            event.mark = event.mark.with_recommended(recommended && event_holds);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len() + self.events.len()
    }
}
