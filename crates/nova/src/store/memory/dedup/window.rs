//! What one partition remembers in memory, and the rule it decides by.

use super::Decision;
use super::archive::{ByReceipt, ByTime, Kept, Leaving, Questions, Run, Told};
use super::early::Early;
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
    /// What left early and may still have copies to come.
    pub(super) early: Early,
    /// The newest event time among all else that ever left, in seconds since 1970: what is newer is not asked for.
    pub(super) gone: Option<u32>,
}

/// A window at one moment.
#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) ring: ring::Frozen,
    pub(super) receipts: Receipts,
    pub(super) last: u32,
    pub(super) next: u64,
    pub(super) early: Early,
    pub(super) gone: Option<u32>,
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
    pub(super) fn new(gone: Option<u32>) -> Self {
        Self {
            ring: Ring::new(),
            receipts: Receipts::default(),
            last: 0,
            next: 0,
            early: Early::default(),
            gone,
        }
    }

    /// As it is now, whatever is decided later.
    pub(super) fn freeze(&self) -> Frozen {
        let Self { ring, receipts, last, next, early, gone } = self;
        let (receipts, early) = (receipts.clone(), early.clone());
        Frozen { ring: ring.freeze(), receipts, last: *last, next: *next, early, gone: *gone }
    }

    /// Asks what the archive has to say before the event is decided, `of` its batch, which goes up to `horizon` in log
    /// time. Nothing is flushed in the course of a batch: what leaves meanwhile is still in memory.
    pub(super) fn ask(&self, of: usize, seen: Sighting, horizon: u32, span: Span, questions: &mut Questions) {
        let Sighting { print, second, offset, .. } = seen;
        let again = offset < self.next;
        let early = self.early.may_hold(print);
        let by_time = again || early || self.gone.is_some_and(|newest| second <= newest);
        if !by_time {
            return;
        }
        let horizon = horizon.max(self.last);
        let decides = |held: Entry| {
            let recent = || horizon - self.receipts.of(held.offset) <= span.seconds;
            held.offset == offset || held.offset < offset && recent()
        };
        if self.ring.all(print).any(|(held, _)| decides(held)) {
            return;
        }
        questions.by_time.push(ByTime { of, print, second });
        if early {
            let pages = self.early.suspects(print, offset).map(|run| run.pages.of(print));
            questions.by_receipt.extend(pages.map(|page| ByReceipt { of, print, offset, page }));
        }
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
            let Sighting { print, second, offset, .. } = seen;
            let kept = told.first == Some(offset);
            self.remember(Entry { print, offset, second, echo, kept }, span.entries_max);
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

    fn remember(&mut self, entry: Entry, entries_max: usize) {
        while self.ring.live_count() >= entries_max.max(1) && self.ring.retire().is_some() {}
        self.receipts.note(self.last, entry.offset);
        self.ring.push(entry);
    }

    fn advance(&mut self, received: u32, seconds: u32) {
        if received > self.last {
            self.last = received;
            self.pass(seconds);
        }
    }

    /// Lets go of what was received longer ago than the span.
    pub(super) fn pass(&mut self, seconds: u32) {
        let since = self.last.saturating_sub(seconds);
        let recent = self.receipts.first_since(since);
        while self.ring.oldest_live().is_some_and(|oldest| oldest.offset < recent) {
            self.ring.retire();
        }
        self.gone = self.gone.max(self.early.pass(since));
    }

    /// The oldest of what has left, at most so many, as the archive keeps them.
    pub(super) fn leaving(&self, count_max: usize, seconds: u32) -> Leaving {
        let count = self.ring.leaving_count().min(count_max);
        let mut leaving = Leaving { count, seen: Vec::with_capacity(count), ..Leaving::default() };
        let recent = self.receipts.first_since(self.last.saturating_sub(seconds));
        for Entry { print, offset, second, echo, kept } in self.ring.oldest_leaving(count) {
            // the archive has the first of an echo already
            if !echo && !kept {
                leaving.seen.push(Kept { print, offset, at: second });
            }
            if offset >= recent {
                leaving.early.push(Kept { print, offset, at: self.receipts.of(offset) });
                leaving.early_newest = leaving.early_newest.max(Some(second));
            } else {
                leaving.newest = leaving.newest.max(Some(second));
            }
        }
        leaving
    }

    /// Forgets what [`Window::leaving`] gave: the archive has it, in this run what left early. Its filters take at
    /// most so many bytes. The log may have gone on while it was written: what is outdated by now is let go of at once,
    /// because the archive drops it.
    pub(super) fn left(&mut self, left: &Leaving, run: Option<Run>, filter_bytes_max: usize, seconds: u32) {
        self.gone = self.gone.max(left.newest);
        if let Some(run) = run {
            self.early.file(run, left.early.iter().map(|kept| kept.print), filter_bytes_max);
            self.pass(seconds);
        }
        self.ring.forget_leaving(left.count);
        match self.ring.walk().next() {
            Some(oldest) => self.receipts.forget_before(oldest.offset),
            None => self.receipts.clear(),
        }
    }
}
