//! One partition of `events`, as a pure state machine: no clock, no I/O, no chance.
//!
//! ```text
//!   records --> [ gathered, decoded ] --sealed--> ask --> bury --> commit the intent --> survey* --> insert --> ledger --.
//!                     ^                                             (and what is owed)     * if it is repeated          |
//!                     `----------------- the next range, meanwhile  <------ commit what is owed, alone if none is sealed'
//! ```
//!
//! At most one operation is under way; one that is given out replaces the one before it, whose outcome is not wanted
//! any more. Whoever carries them out says what became of each and when it is time to look again.

mod flying;

use std::collections::VecDeque;

use nova_core::model::Timestamp;

use super::batch::{Batch, Limits};
use super::check::Start;
use super::intent::Pending;
use super::poison::StopRule;
use super::records::Chunk;
use super::stage::{Ground, Stage};
use super::step::{Input, Notice, Outcome, Step};
use super::window::{Span, Window};
use super::{Entry, Held, Mark, Why};
use crate::store::dedup::Key;

/// How a lane works.
#[derive(Debug, Clone, Copy)]
pub struct LaneConfig {
    /// When a range is closed.
    pub limits: Limits,
    /// What is remembered.
    pub span: Span,
    /// Marks of one page.
    pub page: usize,
    /// Of the fingerprints; any, for nothing is kept under it.
    pub key: Key,
}

/// One partition while it is assigned.
pub struct Lane {
    partition: u16,
    epoch: u32,
    config: LaneConfig,
    window: Window,
    poison: StopRule,
    /// What was given and not looked at: at most one chunk but for those that come in spite of [`Lane::wants`].
    waiting: VecDeque<Chunk>,
    cursor: usize,
    filling: Batch,
    sealed: bool,
    closed: bool,
    /// What is intended is left to whoever reads on.
    leaving: bool,
    replay: Option<Pending>,
    owed: Option<u64>,
    attempt: u32,
    attempts: u32,
    stage: Stage,
    halted: bool,
    notices: Vec<Notice>,
}

impl Lane {
    /// Goes on at `start`, in this epoch of the topic.
    #[must_use]
    pub fn new(partition: u16, epoch: u32, start: Start, config: LaneConfig) -> Self {
        Self {
            partition,
            epoch,
            config,
            window: Window::new(config.key, (epoch, partition), config.span),
            poison: StopRule::default(),
            waiting: VecDeque::new(),
            cursor: 0,
            filling: Batch::new(start.next, 0),
            sealed: false,
            closed: false,
            leaving: false,
            replay: start.replay,
            owed: None,
            attempt: 0,
            attempts: 0,
            stage: Stage::Fresh,
            halted: false,
            notices: Vec::new(),
        }
    }

    /// May more records be given?
    #[must_use]
    pub fn wants(&self) -> bool {
        self.waiting.is_empty() && !self.sealed && !self.closed
    }

    /// When to look again, if nothing else happens before.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        let waits = matches!(self.stage, Stage::Idle) && !self.filling.is_empty() && self.replay.is_none();
        waits.then(|| self.filling.began.plus(self.config.limits.age_max))
    }

    /// Nothing more will be done.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Did it stop because somebody must decide?
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// Offsets that should stand of what is being looked at.
    #[cfg(test)]
    pub(super) fn expected(&self) -> Vec<u64> {
        let of = |block: &super::Block| block.events.iter().map(|placed| placed.place.offset).collect();
        match &self.stage {
            Stage::Surveying(flight) => of(&flight.decided.block),
            Stage::Looking(flight) => flight.part().map_or_else(Vec::new, |part| of(&part.block)),
            _ => Vec::new(),
        }
    }

    /// What follows from what happened.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Step {
        let given = match input {
            Input::Records(chunk) => {
                if !self.closed && !chunk.is_empty() {
                    self.waiting.push_back(chunk);
                }
                false
            }
            Input::Look => false,
            Input::Done(outcome) => self.done(now, outcome),
            Input::Revoked => self.revoked(),
            Input::Lost => {
                self.end();
                false
            }
        };
        let given = self.proceed(now) || given;
        let operation = if given { self.stage.operation(self.ground()) } else { None };
        Step {
            operation: operation.map(|operation| (operation, self.attempt)),
            notices: std::mem::take(&mut self.notices),
        }
    }

    const fn ground(&self) -> Ground {
        Ground { epoch: self.epoch, replay: self.replay, owed: self.owed, page: self.config.page }
    }

    /// To the next stage; `true` so that its operation is given out.
    fn enter(&mut self, stage: Stage) -> bool {
        self.attempt = 0;
        self.stage = stage;
        true
    }

    /// Whatever can be begun is begun; `true` when an operation is to be given out.
    fn proceed(&mut self, now: Timestamp) -> bool {
        let mut given = matches!(self.stage, Stage::Fresh) && self.recall();
        if !matches!(self.stage, Stage::Fresh | Stage::Recalling { .. }) {
            self.fill(now);
        }
        // a range that needs nothing but a place in the ledger still takes an operation, so this ends
        if matches!(self.stage, Stage::Idle) {
            given |= self.next(now);
            self.fill(now);
        }
        given
    }

    fn recall(&mut self) -> bool {
        let Some(first) = self.waiting.front().and_then(|chunk| chunk.get(0)) else { return false };
        let since = self.config.span.since(first.received_at);
        self.enter(Stage::Recalling { since, after: None })
    }

    fn next(&mut self, now: Timestamp) -> bool {
        let aged = self.deadline().is_some_and(|deadline| now >= deadline);
        if !self.closed && !self.filling.is_empty() && (self.sealed || aged) {
            let behind = self.filling.last() + 1;
            let next = Batch::new(behind, self.filling.size_hint());
            let batch = std::mem::replace(&mut self.filling, next);
            self.sealed = false;
            return self.begin(batch, now);
        }
        if self.owed.is_some() {
            return self.enter(Stage::Advancing);
        }
        if self.closed {
            self.stage = Stage::Over;
        }
        false
    }

    fn begin(&mut self, batch: Batch, now: Timestamp) -> bool {
        self.attempts = 0;
        let all = self.window.is_partial();
        let identities = batch.questions(all);
        if identities.is_empty() {
            return self.decide(batch, all, &[], now);
        }
        self.enter(Stage::Asking { batch, identities: identities.into(), all })
    }

    fn decide(&mut self, batch: Batch, all: bool, told: &[Option<Held>], now: Timestamp) -> bool {
        let range = batch.range(self.epoch, self.partition);
        let mut decided = batch.decide(&mut self.window, all, told, range, now);
        if let Some(first) = self.replay {
            let Entry { records, hash, .. } = decided.entry;
            if (first.records, first.hash) != (records, hash) {
                self.notices.push(Notice::Differs { first, records, hash });
            }
            decided.entry.sealed_at = first.sealed_at;
        }
        let next =
            if decided.letters.is_empty() { Stage::Intending(decided) } else { Stage::Burying(decided) };
        self.enter(next)
    }

    fn done(&mut self, now: Timestamp, outcome: Outcome) -> bool {
        match (std::mem::replace(&mut self.stage, Stage::Over), outcome) {
            (Stage::Over, _) | (_, Outcome::Fenced) => {
                self.end();
                false
            }
            (Stage::Inserting(flight), Outcome::Failed) => self.unanswered(flight),
            (stage, Outcome::Failed) => self.again(stage),
            (Stage::Recalling { since, .. }, Outcome::Marks(page)) => self.recalled(since, &page),
            (Stage::Asking { batch, all, .. }, Outcome::Told(told)) => self.decide(batch, all, &told, now),
            (Stage::Burying(decided), Outcome::Buried) => self.enter(Stage::Intending(decided)),
            (Stage::Intending(decided), Outcome::Committed) => self.intended(decided),
            (Stage::Weighing(flight), Outcome::Blocks(blocks)) => self.weighed(flight, blocks),
            (Stage::Surveying(flight), Outcome::Found(standing)) => self.surveyed(flight, &standing),
            (Stage::Inserting(mut flight), Outcome::Inserted) => {
                self.attempts += 1;
                flight.answered();
                if flight.is_in_doubt() { self.enter(Stage::Looking(flight)) } else { self.written(flight) }
            }
            (Stage::Inserting(mut flight), Outcome::Refused(detail)) => {
                flight.answered();
                flight.refuse(detail);
                if flight.is_in_doubt() { self.enter(Stage::Looking(flight)) } else { self.divide(flight) }
            }
            (Stage::Looking(flight), Outcome::Found(standing)) => self.looked(flight, &standing),
            (Stage::Refusing(mut flight), Outcome::Buried) => {
                flight.set_aside().iter().for_each(|place| self.window.refuse(place.offset));
                self.next_of(flight)
            }
            (Stage::Completing(mut flight), Outcome::Completed(rows)) => {
                if rows > 0 {
                    self.notices.push(Notice::Completed { range: flight.entry().range, rows });
                }
                flight.stood = false;
                self.next_of(flight)
            }
            (Stage::Recording(flight), Outcome::Recorded) => {
                self.notices.push(Notice::Written(Entry { attempts: self.attempts, ..flight.entry() }));
                self.owed = Some(flight.entry().range.last + 1);
                self.replay = None;
                self.enter(Stage::Idle)
            }
            (Stage::Advancing, Outcome::Committed) => {
                self.owed = None;
                self.enter(Stage::Idle)
            }
            // an outcome of an operation that was replaced; what is under way goes on
            (stage, _) => {
                self.stage = stage;
                false
            }
        }
    }

    /// The same once more.
    fn again(&mut self, stage: Stage) -> bool {
        self.attempt = self.attempt.saturating_add(1);
        self.stage = stage;
        true
    }

    fn recalled(&mut self, since: Timestamp, page: &[Mark]) -> bool {
        let before = (self.epoch, self.filling.due());
        page.iter().filter(|mark| mark.place() < before).for_each(|mark| self.window.recall(mark));
        match page.last().map(Mark::place) {
            Some(last) if page.len() >= self.config.page && last < before => {
                self.enter(Stage::Recalling { since, after: Some(last) })
            }
            _ => self.enter(Stage::Idle),
        }
    }

    /// What is intended or further is ended; what is not is left to whoever reads it again.
    fn revoked(&mut self) -> bool {
        self.close();
        self.leaving = true;
        match self.stage {
            Stage::Fresh | Stage::Recalling { .. } | Stage::Asking { .. } | Stage::Burying(_) => {
                self.enter(Stage::Idle)
            }
            _ => false,
        }
    }

    fn close(&mut self) {
        self.closed = true;
        self.sealed = false;
        self.waiting.clear();
        self.filling = Batch::new(self.filling.due(), 0);
    }

    fn end(&mut self) {
        self.close();
        self.stage = Stage::Over;
    }

    fn halt(&mut self, why: Why) -> bool {
        self.halted = true;
        self.notices.push(Notice::Halted(why));
        self.end();
        false
    }

    /// Decodes what waits, until the range is closed.
    fn fill(&mut self, now: Timestamp) {
        let limits = &self.config.limits;
        while let Some(chunk) = self.waiting.front()
            && !self.sealed
        {
            let Some(record) = chunk.get(self.cursor) else {
                self.waiting.pop_front();
                self.cursor = 0;
                continue;
            };
            let due = self.filling.due();
            if record.offset < due {
                self.cursor += 1;
                continue;
            }
            // the one that is repeated may still be under way
            let replay = self.replay.filter(|pending| pending.first == self.filling.first());
            if !self.filling.takes(&record, limits, replay.as_ref()) {
                if self.filling.is_empty() {
                    let (next, low) = (due, record.offset);
                    return self.stop_reading(Why::Trimmed { next, low });
                }
                self.sealed = true;
                return;
            }
            if record.offset > due && !(self.filling.is_empty() && due == 0) {
                self.notices.push(Notice::Hole { from: due, to: record.offset });
            }
            self.cursor += 1;
            let buried = self.filling.take(self.partition, &record, &self.config.span, now);
            self.sealed = match replay {
                Some(pending) => record.offset == pending.last,
                None => self.filling.is_full(limits),
            };
            if let Some(why) = self.poison.read(buried) {
                return self.stop_reading(why);
            }
        }
    }

    /// Too much is poison: the range under way is ended, nothing more is begun.
    fn stop_reading(&mut self, why: Why) {
        self.halted = true;
        self.notices.push(Notice::Halted(why));
        self.close();
    }
}
