//! A range whose intent is committed, on its way into the store: what of it is still to be written, and what the
//! offsets that stand mean.
//!
//! ```text
//!   a range that is repeated --> which offsets stand? --> parts of which all or nothing does
//!                                                            |
//!   a new range ------------------------------------> [ parts ] --none left--> what derived tables lack* --> ledger
//!                                                        |   `--refused: two halves; one event alone is put aside
//!     in doubt: is the token of the part surely remembered? --yes--> written again, then it is looked what stands
//!                                                        `--no--> it is looked first; what stands is left*
//! ```
//!
//! Under a token that is remembered a part may be written again: where it stands nothing changes, and tables behind,
//! sums among them, get what an insert did not give them that was cut off. A token that may be forgotten would write
//! everything twice, so that what stands is left as it is, and what is behind it (*) is completed where a row replaces
//! itself.
//!
//! A block of `n` events with one that the store refuses takes `2 log2 n` inserts. It is always halved at the same
//! places, so that whoever repeats it gives each part the name that it had. A part of which only some stand was halved.

use std::sync::Arc;

use super::batch::Decided;
use super::intent::Pending;
use super::{Block, Entry, Range, Token};
use crate::log::Place;
use crate::store::Placed;

/// An event that the store will never take.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The event.
    pub placed: Placed,
    /// What the store said.
    pub detail: String,
}

/// Some events of a range, written as one block.
#[derive(Debug)]
pub(super) struct Part {
    /// Its range is what its token names: of all events, the range; of some, from the first to the last of them.
    pub(super) block: Arc<Block>,
    /// Fresh tokens taken, see [`Token::retry`].
    retry: u32,
    /// It is not known what the store did with it: what stands is to be looked at.
    verify: bool,
    /// The store has said something to it under this token.
    answered: bool,
    /// Tries in a row that were not answered.
    failed: u32,
    /// What the store said when it refused it.
    refused: Option<String>,
}

/// A range whose intent is committed.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) decided: Decided,
    /// Still to be written, the next one last; never more than events.
    parts: Vec<Part>,
    /// Put aside once the rest is written. The stop rule bounds them.
    refused: Arc<Vec<Refused>>,
    /// Somebody may have written it before, and it was not looked at yet what stands.
    pub(super) repeated: bool,
    /// Some of it stood and was not repeated: tables derived of it may lack something.
    pub(super) stood: bool,
}

/// What the offsets that stand mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is missing.
    Stands,
    /// Nothing stands of it.
    Missing,
    /// Some stand; the parts are now what is missing.
    Rest,
    /// Some stand twice, or such as do not belong there.
    Wrong,
}

impl Flight {
    /// `repeated`: somebody may have written it before.
    pub(super) fn new(decided: Decided, repeated: bool) -> Self {
        let block = Arc::clone(&decided.block);
        let parts = if block.events.is_empty() { Vec::new() } else { vec![Part::new(block, repeated)] };
        Self { decided, parts, refused: Arc::default(), repeated, stood: false }
    }

    /// What is written next; `None` when all of it is.
    pub(super) fn part(&self) -> Option<&Part> {
        self.parts.last()
    }

    /// Is it to be looked at what of the part stands?
    pub(super) fn is_in_doubt(&self) -> bool {
        self.part().is_some_and(|part| part.verify)
    }

    /// Nobody knows what became of the part. Gives the tries in a row of which that is so.
    pub(super) fn doubt(&mut self) -> u32 {
        let Some(part) = self.parts.last_mut() else { return 0 };
        part.verify = true;
        part.failed = part.failed.saturating_add(1);
        part.failed
    }

    /// The store has answered, whatever it said.
    pub(super) fn answered(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            (part.answered, part.failed) = (true, 0);
        }
    }

    /// Has the store said anything to the part? Before that nothing that is missing was forgotten.
    pub(super) fn is_answered(&self) -> bool {
        self.part().is_some_and(|part| part.answered)
    }

    /// The part stands.
    pub(super) fn written(&mut self) {
        self.parts.pop();
    }

    /// Of a range that is repeated, before anything is written: what of it stands. Of what was decided otherwise the
    /// first time may stand, and then it stands as it was. The parts are what is to be written then.
    pub(super) fn survey(&mut self, standing: &[u64], first: Option<Pending>) -> Verdict {
        self.repeated = false;
        let (count, once) = (standing.len() as u64, standing.windows(2).all(|pair| pair[0] < pair[1]));
        let entry = &mut self.decided.entry;
        let otherwise = |first: &Pending| (first.records, first.hash) != (entry.records, entry.hash);
        if let Some(first) =
            first.filter(|first| once && count > 0 && first.kept == count && otherwise(first))
        {
            entry.duplicates = entry.records.saturating_sub(entry.buried + entry.skipped + count);
            (entry.kept, entry.hash) = (count, first.hash);
            self.parts.clear();
            self.stood = true;
            return Verdict::Stands;
        }
        let known = |offset: &u64| {
            let events = &self.decided.block.events;
            events.binary_search_by_key(offset, |placed| placed.place.offset).is_ok()
        };
        if !once || !standing.iter().all(known) {
            return Verdict::Wrong;
        }
        if let Some(part) = self.parts.pop() {
            part.pieces(standing, true, &mut self.parts);
        }
        Verdict::Rest
    }

    /// What of the part stands. Others may stand between its events.
    pub(super) fn look(&mut self, standing: &[u64]) -> Verdict {
        let Some(part) = self.parts.last() else {
            return if standing.is_empty() { Verdict::Stands } else { Verdict::Wrong };
        };
        let events = &part.block.events;
        if events.iter().any(|placed| times(standing, placed) > 1) {
            return Verdict::Wrong;
        }
        match events.iter().filter(|placed| times(standing, placed) == 0).count() {
            0 => {
                // what was not taken now was taken before, and may have been cut off then
                self.stood |= !part.answered || part.refused.is_some();
                self.parts.pop();
                Verdict::Stands
            }
            missing if missing == events.len() => Verdict::Missing,
            _ => {
                if let Some(part) = self.parts.pop() {
                    part.pieces(standing, false, &mut self.parts);
                }
                Verdict::Rest
            }
        }
    }

    /// The store remembers the part's token without its events: under a fresh one. `None` when it took `most`.
    pub(super) fn renew(&mut self, most: u32) -> Option<Token> {
        let part = self.parts.last_mut().filter(|part| part.retry < most)?;
        let token = part.token();
        part.retry += 1;
        part.answered = false;
        Some(token)
    }

    /// The store said no to the part; [`Flight::divide`] follows, once it is known that none of it stands.
    pub(super) fn refuse(&mut self, detail: String) {
        if let Some(part) = self.parts.last_mut() {
            part.refused = Some(detail);
        }
    }

    /// Was the part refused?
    pub(super) fn is_refused(&self) -> bool {
        self.part().is_some_and(|part| part.refused.is_some())
    }

    /// Two halves of the part that was refused; `true` when it was one event alone, which is put aside.
    pub(super) fn divide(&mut self) -> bool {
        let Some(part) = self.parts.pop() else { return false };
        match part.halves() {
            Some([one, other]) => {
                self.parts.extend([other, one]);
                false
            }
            None => {
                let detail = part.refused.unwrap_or_default();
                let events = part.block.events.iter().cloned();
                let refused = events.map(|placed| Refused { placed, detail: detail.clone() });
                Arc::make_mut(&mut self.refused).extend(refused);
                true
            }
        }
    }

    /// What is to be put aside.
    pub(super) const fn refused(&self) -> &Arc<Vec<Refused>> {
        &self.refused
    }

    /// They are put aside: the ledger says so. Gives their places.
    pub(super) fn set_aside(&mut self) -> Vec<Place> {
        let refused = std::mem::take(&mut self.refused);
        let entry = &mut self.decided.entry;
        entry.kept = entry.kept.saturating_sub(refused.len() as u64);
        entry.buried += refused.len() as u64;
        refused.iter().map(|refused| refused.placed.place).collect()
    }

    pub(super) const fn entry(&self) -> Entry {
        self.decided.entry
    }
}

impl Part {
    fn new(block: Arc<Block>, verify: bool) -> Self {
        Self { block, retry: 0, verify, answered: false, failed: 0, refused: None }
    }

    /// Two parts of it; `None` where it is one event.
    fn halves(&self) -> Option<[Self; 2]> {
        let events = &self.block.events;
        if events.len() < 2 {
            return None;
        }
        let (one, other) = events.split_at(events.len() / 2);
        let half = |events: &[Placed]| {
            let (first, last) = (events.first()?.place.offset, events.last()?.place.offset);
            let range = Range { first, last, ..self.block.range };
            let block = Arc::new(Block { range, events: events.to_vec() });
            // what was tried under other names says nothing of this one, but somebody before may have tried it
            Some(Self::new(block, self.verify))
        };
        Some([half(one)?, half(other)?])
    }

    /// Those parts of it of which nothing stands, with `whole` those of which everything does as well; the first one
    /// last. Ends: each half is smaller.
    fn pieces(self, standing: &[u64], whole: bool, parts: &mut Vec<Self>) {
        let mut missing = self.block.events.iter().map(|placed| times(standing, placed) == 0);
        match (missing.clone().all(|it| it), missing.any(|it| it), self.halves()) {
            (true, ..) => parts.push(self),
            (_, false, _) if whole => parts.push(self),
            (_, true, Some([one, other])) => {
                other.pieces(standing, whole, parts);
                one.pieces(standing, whole, parts);
            }
            _ => {}
        }
    }

    pub(super) fn token(&self) -> Token {
        Token { range: self.block.range, retry: self.retry }
    }
}

/// How often an event stands; `standing` ascends.
fn times(standing: &[u64], placed: &Placed) -> usize {
    let offset = placed.place.offset;
    standing.partition_point(|it| *it <= offset) - standing.partition_point(|it| *it < offset)
}
