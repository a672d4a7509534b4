//! What one partition remembers of the events it kept, and the rule by which it tells a copy.
//!
//! **The rule.** An event at offset `o` is a copy if the same `(user, event id)` was *kept* at an offset `p < o` of this
//! partition, received at most the window before it; or, where the event is older than what the window can answer for
//! ([`Span::is_late`]), if the store holds it at all, at a smaller offset or in another partition. What is no copy is
//! kept. Nothing enters into it but the log and what was kept of it, so whoever reads the log again decides the same.
//! Where the topic was made anew, its earlier epoch lies before every offset.
//!
//! Memory is bounded: beyond `entries_max` the oldest go early. While such a one could still be asked for, the store
//! is asked about every event, which is slower and decides nothing otherwise.

use std::collections::BTreeSet;
use std::time::Duration;

use nova_core::model::{Event, EventId, Timestamp, UserId};
use siphasher::sip128::SipHasher13;

use super::{Held, Mark};
use crate::store::dedup::{Entry, Fingerprint, Key, Receipts, Ring};

/// How long is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// After receipt, in log time; whole seconds.
    pub window: Duration,
    /// How far ahead of its receipt an event may be dated by the rules at the door (`events.ahead_s`); less than the
    /// window. A writer that goes round them and dates further ahead has copies found for so much less long.
    pub ahead: Duration,
    /// Kept events in memory, per partition, 33 bytes each; at least a batch.
    pub entries_max: usize,
    /// How old an event may be at its receipt: what is older may have left the store, and is put aside.
    pub keep: Duration,
}

impl Span {
    /// Must the store be asked? A copy of this event may have been received before the window. So may one of an event
    /// that happened when it was received: nobody knows when it was sent first.
    #[must_use]
    pub fn is_late(&self, event: &Event, received_at: Timestamp) -> bool {
        let since = received_at.minus(self.window.saturating_sub(self.ahead));
        event.time < since || event.time == received_at
    }

    /// The store may have forgotten a copy of it.
    #[must_use]
    pub fn is_too_old(&self, event: &Event, received_at: Timestamp) -> bool {
        event.time < received_at.minus(self.keep)
    }

    /// Since when marks are needed by whoever begins with a record received at `first`. A second early: whole seconds
    /// are compared.
    #[must_use]
    pub fn since(&self, first: Timestamp) -> Timestamp {
        first.minus(self.window + Duration::from_secs(1))
    }
}

/// What is remembered. `Debug` is for its size alone.
pub(super) struct Window {
    hasher: SipHasher13,
    epoch: u32,
    partition: u16,
    span: Span,
    /// By [`place`], not by offset alone.
    ring: Ring,
    receipts: Receipts,
    /// The latest second of receipt; never moves back.
    last: u32,
    /// The greatest place that went before its time.
    went: Option<u64>,
    /// Places among those that the store refused: what stands there was not kept. The stop rule bounds them.
    refused: BTreeSet<u64>,
}

impl Window {
    pub(super) fn new(key: Key, (epoch, partition): (u32, u16), span: Span) -> Self {
        Self {
            hasher: key.hasher(),
            epoch,
            partition,
            span,
            ring: Ring::new(),
            receipts: Receipts::default(),
            last: 0,
            went: None,
            refused: BTreeSet::new(),
        }
    }

    /// The store did not take what was to be kept here: the next of its kind is no copy.
    pub(super) fn refuse(&mut self, offset: u64) {
        self.refused.insert(place(self.epoch, offset));
    }

    /// Takes up what the store holds, by epoch and offset.
    pub(super) fn recall(&mut self, mark: &Mark) {
        self.advance(second(mark.received_at));
        self.remember(self.print(mark.user, mark.event), place(mark.epoch, mark.offset));
        self.bound();
    }

    /// Must the store be asked about every event of the next batch?
    pub(super) fn is_partial(&self) -> bool {
        self.went.is_some_and(|went| went >= self.recent())
    }

    /// Is this event kept? `told`: where the store holds it.
    pub(super) fn keeps(
        &mut self,
        event: &Event,
        offset: u64,
        received_at: Timestamp,
        told: Option<Held>,
    ) -> bool {
        self.advance(second(received_at));
        let at = place(self.epoch, offset);
        let (recent, late) = (self.recent(), self.span.is_late(event, received_at));
        let print = self.print(event.user, event.id);
        let before = |held: u64| held < at && (late || held >= recent) && !self.refused.contains(&held);
        // what the store does not hold yet, because it is of the same range, is here
        let copy = self.ring.all(print).any(|(entry, _)| before(entry.offset))
            || told.is_some_and(|held| {
                held.partition != self.partition || before(place(held.epoch, held.offset))
            });
        if !copy {
            self.remember(print, at);
        }
        !copy
    }

    /// Lets go of what is older than the window, and of the oldest where there are too many: between two ranges, when
    /// the store is asked about the next one only after it has taken this one.
    pub(super) fn bound(&mut self) {
        let recent = self.recent();
        while self.ring.oldest_live().is_some_and(|oldest| oldest.offset < recent) {
            self.ring.retire();
            self.ring.forget_leaving(1);
        }
        self.receipts.forget_before(recent);
        self.refused = self.refused.split_off(&recent);
        while self.ring.live_count() > self.span.entries_max.max(1)
            && let Some(entry) = self.ring.retire()
        {
            self.ring.forget_leaving(1);
            self.went = Some(entry.offset);
        }
    }

    fn print(&self, user: UserId, event: EventId) -> Fingerprint {
        Fingerprint::new(&self.hasher, self.partition, user, event)
    }

    fn remember(&mut self, print: Fingerprint, offset: u64) {
        self.receipts.note(self.last, offset);
        self.ring.push(Entry { print, offset, second: 0, echo: false, kept: false });
    }

    /// The first place that is within the window.
    fn recent(&self) -> u64 {
        let seconds = u32::try_from(self.span.window.as_secs()).unwrap_or(u32::MAX);
        self.receipts.first_since(self.last.saturating_sub(seconds))
    }

    fn advance(&mut self, received: u32) {
        self.last = self.last.max(received);
    }
}

/// Epoch and offset as one number that rises with the log: 2^48 records of a partition, 65,535 epochs.
fn place(epoch: u32, offset: u64) -> u64 {
    const OFFSETS: u64 = (1 << 48) - 1;
    u64::from(epoch.min(u32::from(u16::MAX))) << 48 | offset.min(OFFSETS)
}

fn second(time: Timestamp) -> u32 {
    u32::try_from(time.micros().div_euclid(1_000_000).max(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use nova_core::model::{Action, PostId};

    use super::*;

    const HOUR: u64 = 3_600;

    fn span(entries_max: usize) -> Span {
        Span {
            window: Duration::from_secs(HOUR),
            ahead: Duration::from_secs(300),
            entries_max,
            keep: Duration::from_secs(90 * 24 * HOUR),
        }
    }

    fn window(entries_max: usize) -> Window {
        Window::new(Key::new([7; 16]), (2, 0), span(entries_max))
    }

    fn held(partition: u16, offset: u64) -> Option<Held> {
        Some(Held { epoch: 2, partition, offset })
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000).plus(Duration::from_secs(second))
    }

    fn event(id: u64, time: u64) -> Event {
        Event {
            id: EventId::from_bits(u128::from(id) << 64 | 1 << 63),
            time: at(time),
            user: UserId::from_integer(1),
            post: PostId::from_integer(1),
            author: None,
            action: Action::Click,
            dwell_ms: None,
            device: None,
            app_ver: None,
        }
    }

    #[test]
    fn a_copy_within_the_window_is_told_and_one_behind_it_is_the_stores() {
        let mut window = window(100);
        assert!(window.keeps(&event(1, 0), 10, at(1), None));
        assert!(!window.keeps(&event(1, 0), 11, at(2), None));
        assert!(!window.keeps(&event(1, 0), 12, at(HOUR + 1), None));
        // no longer known here: too old to be kept unasked
        assert!(span(1).is_late(&event(1, 0), at(HOUR + 2)));
        assert!(!window.keeps(&event(1, 0), 13, at(HOUR + 3), held(0, 10)));
        assert!(window.keeps(&event(2, 0), 14, at(HOUR + 3), None));
    }

    #[test]
    fn a_copy_that_came_long_after_in_the_same_range_is_told_without_the_store() {
        let mut window = window(100);
        assert!(window.keeps(&event(1, 0), 10, at(1), None));
        assert!(!window.keeps(&event(1, 0), 11, at(3 * HOUR), held(0, 11)));
        assert!(!window.keeps(&event(1, 0), 12, at(3 * HOUR), None));
    }

    #[test]
    fn an_event_is_no_copy_of_itself_nor_of_a_later_one() {
        let mut window = window(100);
        assert!(window.keeps(&event(1, 0), 10, at(2 * HOUR), held(0, 10)));
        assert!(window.keeps(&event(2, 0), 11, at(2 * HOUR), held(0, 12)));
        assert!(!window.keeps(&event(3, 0), 12, at(2 * HOUR), held(5, 90)));
    }

    #[test]
    fn what_the_store_refused_was_not_kept() {
        let mut window = window(100);
        assert!(window.keeps(&event(1, 0), 10, at(1), None));
        window.refuse(10);
        assert!(window.keeps(&event(1, 0), 11, at(2), None));
        window.bound();
        assert!(!window.keeps(&event(1, 0), 12, at(3), None));
    }

    #[test]
    fn what_the_store_recalls_is_known_as_if_it_had_been_seen() {
        let mark = |id, offset, received: u64| Mark {
            user: UserId::from_integer(1),
            event: event(id, 0).id,
            epoch: 2,
            offset,
            received_at: at(received),
        };
        let mut window = window(100);
        window.recall(&mark(1, 10, 5));
        window.recall(&mark(2, 11, 900));
        assert!(!window.keeps(&event(2, 0), 20, at(1_000), None));
        assert!(!window.keeps(&event(1, 0), 21, at(HOUR + 5), None));
        assert!(window.keeps(&event(1, HOUR), 22, at(HOUR + 6), None));
    }

    #[test]
    fn what_was_kept_before_the_topic_was_made_anew_is_still_told() {
        let mark = |epoch, offset| Mark {
            user: UserId::from_integer(1),
            event: event(offset, 0).id,
            epoch,
            offset,
            received_at: at(5),
        };
        let mut window = window(100);
        window.recall(&mark(1, 9_000));
        window.recall(&mark(2, 3));
        // its offset was greater, and it came before
        assert!(!window.keeps(&event(9_000, 0), 4, at(6), None));
        assert!(!window.keeps(&event(3, 0), 5, at(6), None));
        assert!(!window.keeps(
            &event(7, 0),
            6,
            at(2 * HOUR),
            Some(Held { epoch: 1, partition: 0, offset: 50 })
        ));
        assert!(window.keeps(
            &event(8, 0),
            7,
            at(2 * HOUR),
            Some(Held { epoch: 3, partition: 0, offset: 1 })
        ));
    }

    #[test]
    fn beyond_the_bound_the_store_is_asked_and_decides_by_the_same_rule() {
        let mut window = window(2);
        for id in 1..=4 {
            assert!(window.keeps(&event(id, 10), 10 + id, at(10 * id), None));
        }
        window.bound();
        assert!(window.is_partial());
        assert!(!window.keeps(&event(1, 10), 20, at(100), held(0, 11)));
        // by the rule it is none: kept before the window, and dated within it
        assert!(window.keeps(&event(2, HOUR), 21, at(HOUR + 30), held(0, 12)));
        assert!(!window.is_partial());
    }

    #[test]
    fn what_happened_when_it_was_received_may_be_older_than_it_says() {
        assert!(span(1).is_late(&event(1, 50), at(50)));
        assert!(!span(1).is_late(&event(1, 49), at(50)));
        assert!(span(1).is_too_old(&event(1, 0), at(91 * 24 * HOUR)));
    }
}
