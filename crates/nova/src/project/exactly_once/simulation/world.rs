//! What is outside of a member: the log, the group's coordinator, the store.

use std::collections::{BTreeMap, BTreeSet};

use nova_core::model::{EventId, Timestamp, UserId};
use rand::RngExt as _;
use rand::rngs::StdRng;
use uuid::Uuid;

use super::history::{self, Log};
use super::{BLOCKS_MAX, Mutant, PARTITIONS, WINDOW};
use crate::log::{Place, Topic};
use crate::project::exactly_once::{
    Block, Entry, Found, Held, Intent, Manifest, Mark, Outcome, Range, Start, Token, Why, start,
};
use crate::store::{Fact, Placed};

pub(super) const MANIFEST: Manifest = Manifest { id: Uuid::nil(), epoch: 3, partitions: PARTITIONS };

/// The coordinator: it knows generations, not who owns what.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) generation: u64,
    pub(super) committed: BTreeMap<u16, (u64, String)>,
}

/// The store, and what is on its way to it.
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By place, as often as it was written.
    pub(super) rows: BTreeMap<Held, Vec<Mark>>,
    tokens: Tokens,
    /// What tables that are made of the rows hold. A row of them replaces itself.
    pub(super) derived: BTreeSet<Held>,
    /// How often an event counts in sums that are made of the rows.
    pub(super) sums: BTreeMap<Held, u64>,
    tokens_of_sums: Tokens,
    /// Remembered without their rows: tables behind take the block all the same, and once more under a fresh token,
    /// which is the audit's to mend.
    pub(super) lost: BTreeSet<Held>,
    /// Blocks of other partitions, and when they came.
    others: Vec<(Timestamp, u64)>,
    pub(super) ledger: BTreeMap<(u16, u64), Entry>,
    pub(super) letters: BTreeSet<Place>,
    /// Sent, not answered, not arrived.
    pub(super) wire: Vec<(Token, std::sync::Arc<Block>)>,
}

/// Which inserts a table remembers.
#[derive(Debug, Default)]
struct Tokens {
    /// By their number.
    known: BTreeMap<Token, u64>,
    taken: u64,
}

impl Tokens {
    /// Is it a new one? Then it is known from here on.
    fn take(&mut self, token: Token) -> bool {
        let known = self.known.get(&token).is_some_and(|number| self.taken - number < WINDOW);
        if !known {
            self.taken += 1;
            self.known.insert(token, self.taken);
        }
        !known
    }

    /// Others come; what is `alive` is as young as before.
    fn pass(&mut self, others: u64, alive: impl Fn(&Token) -> bool) {
        self.taken += others;
        self.known.iter_mut().filter(|(token, _)| alive(token)).for_each(|(_, number)| *number += others);
    }
}

impl Store {
    /// May it have been taken to have forgotten something?
    pub(super) fn passed(&self) -> bool {
        self.others.iter().map(|(_, blocks)| blocks).sum::<u64>() > BLOCKS_MAX / 2
    }
}

pub(super) struct World {
    pub(super) rng: StdRng,
    pub(super) mutant: Mutant,
    pub(super) now: Timestamp,
    pub(super) logs: Vec<Log>,
    pub(super) group: Group,
    pub(super) store: Store,
    /// Others write more than the store remembers.
    pub(super) busy: bool,
    /// Nothing fails any more.
    pub(super) calm: bool,
    /// What should never be.
    pub(super) wrong: Vec<String>,
}

impl World {
    /// One in so many, while things fail.
    pub(super) fn fails(&mut self, one_in: u32) -> bool {
        !self.calm && self.rng.random_ratio(1, one_in)
    }

    pub(super) fn find(&self, partition: u16) -> Result<Start, Why> {
        let log = &self.logs[usize::from(partition)];
        let found = Found {
            committed: self.group.committed.get(&partition).cloned(),
            low: 0,
            high: log.high,
            id: MANIFEST.id,
            partitions: PARTITIONS,
            reached: None,
        };
        start(Topic::Events, MANIFEST, &found)
    }

    /// The coordinator asks for the generation, not for the owner.
    pub(super) fn commit(&mut self, generation: u64, partition: u16, offset: u64, intent: Intent) -> Outcome {
        let lost = self.fails(10);
        if lost && self.rng.random() {
            return Outcome::Failed;
        }
        if generation != self.group.generation {
            return Outcome::Fenced;
        }
        let pending = if self.mutant == Mutant::NoIntent { None } else { intent.pending };
        self.group.committed.insert(partition, (offset, Intent { pending, ..intent }.to_string()));
        if lost { Outcome::Failed } else { Outcome::Committed }
    }

    pub(super) fn insert(&mut self, block: std::sync::Arc<Block>, token: Token) -> Outcome {
        if self.mutant == Mutant::CommitFirst {
            self.store.wire.push((token, block));
            return Outcome::Inserted;
        }
        if block.events.iter().any(|placed| is_refused(&placed.fact)) {
            return if self.fails(4) { Outcome::Failed } else { Outcome::Refused("no".to_owned()) };
        }
        if !self.fails(4) {
            self.apply(&block, token);
            return Outcome::Inserted;
        }
        match self.rng.random_range(0..5) {
            // done, not answered
            0 => self.apply(&block, token),
            // remembered without its rows
            1 if self.store.tokens.take(token) => {
                self.store.lost.extend(block.events.iter().map(|placed| held(&block, placed)));
            }
            // it arrives later, or never
            2 => self.store.wire.push((token, block)),
            // cut off behind the table, or behind one of those behind it
            3 => {
                self.apply_to_table(&block, token);
                if self.rng.random() {
                    self.store.derived.extend(block.events.iter().map(|placed| held(&block, placed)));
                }
            }
            _ => {}
        }
        Outcome::Failed
    }

    /// A block under a token that is known changes nothing, in the table and behind it.
    pub(super) fn apply(&mut self, block: &Block, token: Token) {
        if block.events.iter().any(|placed| is_refused(&placed.fact)) {
            return;
        }
        self.apply_to_table(block, token);
        let Store { derived, sums, tokens_of_sums, .. } = &mut self.store;
        derived.extend(block.events.iter().map(|placed| held(block, placed)));
        if tokens_of_sums.take(token) {
            block.events.iter().for_each(|placed| *sums.entry(held(block, placed)).or_default() += 1);
        }
    }

    fn apply_to_table(&mut self, block: &Block, token: Token) {
        if !self.store.tokens.take(token) {
            return;
        }
        for placed in &block.events {
            let Fact::Event(event) = &placed.fact else { continue };
            let held = held(block, placed);
            let Held { epoch, offset, .. } = held;
            let (user, event, received_at) = (event.user, event.id, placed.received_at);
            let mark = Mark { user, event, epoch, offset, received_at };
            self.store.rows.entry(held).or_default().push(mark);
        }
    }

    /// Other partitions are written; nobody is at one insert for so long that its token is forgotten meanwhile.
    pub(super) fn pass(&mut self, under_way: &BTreeSet<Token>) {
        let others = self.rng.random_range(1..if self.busy { 2 * WINDOW } else { 10 });
        let Store { tokens, tokens_of_sums, wire, .. } = &mut self.store;
        let alive = |token: &Token| under_way.contains(token) || wire.iter().any(|(it, _)| it == token);
        tokens.pass(others, alive);
        tokens_of_sums.pass(others, alive);
        self.store.others.push((self.now, others));
    }

    /// As the ledger has them.
    pub(super) fn blocks(&self, since: Timestamp) -> u64 {
        match self.mutant {
            Mutant::InsertFirst => return 0,
            Mutant::FindFirst => return u64::MAX,
            _ => {}
        }
        let Store { ledger, others, .. } = &self.store;
        let others: u64 = others.iter().filter(|(at, _)| *at >= since).map(|(_, blocks)| blocks).sum();
        others + ledger.values().filter(|entry| entry.sealed_at >= since).count() as u64
    }

    pub(super) fn standing(&self, range: Range, expected: Vec<u64>) -> Vec<u64> {
        if self.mutant == Mutant::TokenTrusted {
            return expected;
        }
        let rows = self.store.rows.range(places(range));
        rows.flat_map(|(held, copies)| copies.iter().map(|_| held.offset)).collect()
    }

    /// Gives what is behind the table what it lacks.
    pub(super) fn complete(&mut self, range: Range) -> u64 {
        if self.mutant == Mutant::NotCompleted {
            return 0;
        }
        let Store { rows, derived, .. } = &mut self.store;
        rows.range(places(range)).filter(|(place, _)| derived.insert(**place)).count() as u64
    }

    pub(super) fn marks(
        &self,
        partition: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Vec<Mark> {
        if self.mutant == Mutant::NoMarks {
            return Vec::new();
        }
        let rows = self.store.rows.iter().filter(|(held, _)| held.partition == partition);
        let marks = rows.flat_map(|(_, copies)| copies).filter(|mark| mark.received_at >= since);
        let marks = marks.filter(|mark| after.is_none_or(|after| (mark.epoch, mark.offset) > after));
        let told = |mark: &Mark| match self.mutant {
            Mutant::OneLife => Mark { epoch: MANIFEST.epoch, ..*mark },
            _ => *mark,
        };
        marks.take(limit).map(told).collect()
    }

    pub(super) fn kept(&self, identities: &[(UserId, EventId)]) -> Vec<Option<Held>> {
        let first = |(user, event): &(UserId, EventId)| {
            let mut rows = self.store.rows.iter();
            rows.find(|(_, copies)| copies.iter().any(|it| (it.user, it.event) == (*user, *event)))
                .map(|(place, _)| *place)
        };
        identities.iter().map(first).collect()
    }
}

fn places(range: Range) -> std::ops::RangeInclusive<Held> {
    let Range { epoch, partition, first, last, .. } = range;
    let at = |offset| Held { epoch, partition, offset };
    at(first)..=at(last)
}

fn held(block: &Block, placed: &Placed) -> Held {
    let Place { partition, offset, .. } = placed.place;
    Held { epoch: block.range.epoch, partition, offset }
}

/// Events that the store takes in no block.
fn is_refused(fact: &Fact) -> bool {
    matches!(fact, Fact::Event(event) if history::is_refused(event.id))
}
