//! What one partition remembers in memory, and the rule it decides by.

use super::Decision;
use super::archive::{Leaving, Question, Told};
use super::fingerprint::Fingerprint;
use super::receipts::Receipts;
use super::ring::{self, Entry, Ring};

/// How long and how much a partition remembers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// After receipt.
    pub(super) seconds: u32,
    /// In memory.
    pub(super) entries_max: usize,
    /// In the archive, by the event's own age at receipt; `None` is for ever.
    pub(super) keep_seconds: Option<u32>,
}

/// One event as the window sees it. Seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sighting {
    pub(super) print: Fingerprint,
    pub(super) second: u32,
    pub(super) received: u32,
    pub(super) offset: u64,
}

/// The state of a partition: what it decides is a pure function of the log up to `next`.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) ring: Ring,
    /// Of everything in the ring.
    pub(super) receipts: Receipts,
    /// The latest second of receipt; never moves back.
    pub(super) last: u32,
    /// The offset after the last one decided.
    pub(super) next: u64,
    /// What ever left memory, as far as it says when not to ask for it.
    pub(super) gone: Gone,
}

/// A window at one moment.
#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) ring: ring::Frozen,
    pub(super) receipts: Receipts,
    pub(super) last: u32,
    pub(super) next: u64,
    pub(super) gone: Gone,
}

/// What left memory is not asked for beyond these. Seconds since 1970; `None`: nothing left.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Gone {
    /// The newest event time among all that ever left.
    pub(super) newest: Option<u32>,
    /// The latest receipt among what left early, pushed out by number before its time.
    pub(super) early: Option<u32>,
}

/// What memory says about an event.
#[derive(Debug, Default)]
struct Held {
    /// The event itself, met before.
    own: Option<Entry>,
    /// A copy at a smaller offset was received within the span.
    recent: bool,
    /// A copy at a smaller offset has the same event time.
    same_time: bool,
}

impl Window {
    /// Remembers nothing. `gone` is what the archive holds from an earlier life.
    pub(super) fn new(gone: Gone) -> Self {
        Self { ring: Ring::new(), receipts: Receipts::default(), last: 0, next: 0, gone }
    }

    /// As it is now, whatever is decided later.
    pub(super) fn freeze(&self) -> Frozen {
        let Self { ring, receipts, last, next, gone } = self;
        Frozen { ring: ring.freeze(), receipts: receipts.clone(), last: *last, next: *next, gone: *gone }
    }

    /// What the archive has to say before the event is decided, in a batch that goes up to `horizon` in log time.
    /// Nothing is flushed in the course of a batch: what leaves meanwhile is still in memory.
    pub(super) fn question(&self, seen: Sighting, horizon: u32, span: Span) -> Option<Question> {
        let again = seen.offset < self.next;
        let by_time = again || self.gone.newest.is_some_and(|newest| seen.second <= newest);
        let by_receipt = self.gone.early.is_some_and(|early| self.last.saturating_sub(early) <= span.seconds);
        if !by_time && !by_receipt {
            return None;
        }
        let horizon = horizon.max(self.last);
        let decides = |held: Entry| {
            let recent = || horizon - self.receipts.of(held.offset) <= span.seconds;
            held.offset == seen.offset || held.offset < seen.offset && recent()
        };
        let decided = self.ring.all(seen.print).any(|(held, _)| decides(held));
        let Sighting { print, second, offset, .. } = seen;
        (!decided).then_some(Question { print, second, offset, by_time, by_receipt })
    }

    /// Decides on an event, and remembers it if it is the first time that its offset is seen.
    pub(super) fn see(&mut self, seen: Sighting, told: Told, span: Span) -> Decision {
        let fresh = seen.offset >= self.next;
        if fresh {
            self.next = seen.offset.saturating_add(1);
            self.advance(seen.received, span.seconds);
        }
        let held = self.held(seen, span.seconds);
        if let Some(own) = held.own {
            return if own.echo { Decision::Duplicate } else { Decision::New };
        }
        if held.recent || told.received.is_some_and(|received| self.is_recent(received, span.seconds)) {
            return Decision::Duplicate;
        }
        let received = if fresh { self.last } else { seen.received };
        if span.keep_seconds.is_some_and(|keep| seen.second < received.saturating_sub(keep)) {
            return Decision::TooOld;
        }
        let new = if fresh {
            let echo = held.same_time || told.first.is_some_and(|first| first < seen.offset);
            self.remember(seen, echo, span.entries_max);
            !echo
        } else {
            // it has left memory: if it was new, it is the first that the archive knows
            told.first == Some(seen.offset)
        };
        if new { Decision::New } else { Decision::Duplicate }
    }

    fn held(&self, seen: Sighting, seconds: u32) -> Held {
        let mut found = Held::default();
        for (entry, live) in self.ring.all(seen.print).filter(|(entry, _)| entry.offset <= seen.offset) {
            if entry.offset == seen.offset {
                found.own = Some(entry);
            } else {
                found.recent |= live || self.is_recent(self.receipts.of(entry.offset), seconds);
                found.same_time |= entry.second == seen.second;
            }
        }
        found
    }

    /// Whole seconds are compared: what was received counts as recent for the span and up to one second more.
    fn is_recent(&self, received: u32, seconds: u32) -> bool {
        self.last.saturating_sub(received) <= seconds
    }

    fn remember(&mut self, seen: Sighting, echo: bool, entries_max: usize) {
        while self.ring.live_count() >= entries_max.max(1) {
            let Some(entry) = self.retire() else { break };
            self.gone.early = self.gone.early.max(Some(self.receipts.of(entry.offset)));
        }
        let Sighting { print, second, offset, .. } = seen;
        self.receipts.note(self.last, offset);
        self.ring.push(Entry { print, offset, second, echo });
    }

    fn advance(&mut self, received: u32, seconds: u32) {
        if received > self.last {
            self.last = received;
            self.pass(seconds);
        }
    }

    /// Retires what was received longer ago than the span.
    pub(super) fn pass(&mut self, seconds: u32) {
        let recent = self.receipts.first_since(self.last.saturating_sub(seconds));
        while self.ring.oldest_live().is_some_and(|oldest| oldest.offset < recent) {
            self.retire();
        }
    }

    fn retire(&mut self) -> Option<Entry> {
        let entry = self.ring.retire()?;
        self.gone.newest = self.gone.newest.max(Some(entry.second));
        Some(entry)
    }

    /// The oldest of what has left, at most so many, as the archive keeps them.
    pub(super) fn leaving(&self, count_max: usize, seconds: u32) -> Leaving {
        let mut leaving = Leaving::default();
        let recent = self.receipts.first_since(self.last.saturating_sub(seconds));
        for entry in self.ring.oldest_leaving(count_max) {
            // the archive has the first of an echo already
            if !entry.echo {
                leaving.seen.push(entry);
            }
            if entry.offset >= recent {
                leaving.recent.push((entry, self.receipts.of(entry.offset)));
            }
        }
        leaving
    }

    /// Forgets what [`Window::leaving`] gave.
    pub(super) fn forget_leaving(&mut self, count_max: usize) {
        self.ring.forget_leaving(count_max);
        match self.ring.walk().next() {
            Some(oldest) => self.receipts.forget_before(oldest.offset),
            None => self.receipts.clear(),
        }
    }
}
