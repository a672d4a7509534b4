//! A store in memory that keeps the sink's promises, and breaks what a test wants broken.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::{EventId, Table, Timestamp, UserId};
use parking_lot::Mutex;

use crate::log::{DeadLetter, DeadLetters, Expired, Place, Topic};
use crate::project::exactly_once::{Block, Entry, Held, Mark, Range, Sink};
use crate::store::{Fact, Placed};

/// What becomes of the next insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is done, and not answered.
    Mute,
    /// The token is remembered without its rows, and nothing is answered.
    Vanish,
}

#[derive(Debug, Default)]
pub(super) struct Contents {
    /// By place, as often as it was written.
    pub(super) rows: BTreeMap<(u16, u64), Vec<Mark>>,
    pub(super) tokens: BTreeSet<String>,
    pub(super) ledger: BTreeMap<(u16, u64), Entry>,
    pub(super) put: Vec<Placed>,
    pub(super) faults: VecDeque<Fault>,
    /// It takes nothing of this device, in no block and in no row.
    pub(super) refuses: Option<&'static str>,
}

/// One for all members.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) held: Mutex<Contents>,
    pub(super) down: AtomicBool,
    pub(super) refused: AtomicUsize,
}

/// What a member sees of it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) store: Arc<Store>,
    pub(super) inserts: Arc<Mutex<Vec<Range>>>,
    /// For this member alone.
    pub(super) down: Arc<AtomicBool>,
}

impl Seen {
    fn up(&self) -> Result<()> {
        if self.store.down.load(Ordering::SeqCst) || self.down.load(Ordering::SeqCst) {
            self.store.refused.fetch_add(1, Ordering::SeqCst);
            return Err(Error::new(Kind::Unavailable, "store", "the store is down"));
        }
        Ok(())
    }
}

#[async_trait]
impl Sink for Seen {
    async fn insert(&self, block: &Block, token: &str) -> Result<()> {
        self.up()?;
        self.inserts.lock().push(block.range);
        let mut held = self.store.held.lock();
        let refused = held.refuses;
        let is_refused =
            |placed: &Placed| matches!(&placed.fact, Fact::Event(it) if it.device.as_deref() == refused);
        if refused.is_some() && block.events.iter().any(is_refused) {
            let error = Error::new(Kind::Rejected, "store.insert", "a rule forbids it");
            return Err(error.with_source("the rule no_such_device"));
        }
        let fault = held.faults.pop_front();
        let known = !held.tokens.insert(token.to_owned());
        if !known && fault != Some(Fault::Vanish) {
            for placed in &block.events {
                let Fact::Event(event) = &placed.fact else { panic!("an event") };
                let Place { partition, offset, .. } = placed.place;
                let received_at = placed.received_at;
                let epoch = block.range.epoch;
                let mark = Mark { user: event.user, event: event.id, epoch, offset, received_at };
                held.rows.entry((partition, offset)).or_default().push(mark);
            }
        }
        match fault {
            None => Ok(()),
            Some(_) => Err(Error::new(Kind::Timeout, "store.insert", "it was not answered")),
        }
    }

    async fn blocks(&self, since: Timestamp) -> Result<u64> {
        self.up()?;
        let held = self.store.held.lock();
        Ok(held.ledger.values().filter(|entry| entry.sealed_at >= since).count() as u64)
    }

    async fn standing(&self, range: &Range) -> Result<Vec<u64>> {
        self.up()?;
        let held = self.store.held.lock();
        let rows = held.rows.range((range.partition, range.first)..=(range.partition, range.last));
        Ok(rows.flat_map(|((_, offset), copies)| copies.iter().map(|_| *offset)).collect())
    }

    async fn complete(&self, _: &Range) -> Result<u64> {
        self.up().map(|()| 0)
    }

    async fn put(&self, _: Table, changes: &[Placed]) -> Result<()> {
        self.up()?;
        self.store.held.lock().put.extend_from_slice(changes);
        Ok(())
    }

    async fn marks(
        &self,
        partition: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Result<Vec<Mark>> {
        self.up()?;
        let held = self.store.held.lock();
        let from = after.map_or(0, |(_, after)| after + 1);
        let rows = held.rows.range((partition, from)..=(partition, u64::MAX));
        Ok(rows.flat_map(|(_, it)| it).filter(|it| it.received_at >= since).take(limit).copied().collect())
    }

    async fn kept(&self, identities: &[(UserId, EventId)]) -> Result<Vec<Option<Held>>> {
        self.up()?;
        let held = self.store.held.lock();
        let mut places = BTreeMap::new();
        for (place, marks) in held.rows.iter().rev() {
            places.extend(marks.iter().map(|mark| {
                let held = Held { epoch: mark.epoch, partition: place.0, offset: place.1 };
                ((mark.user, mark.event), held)
            }));
        }
        Ok(identities.iter().map(|identity| places.get(identity).copied()).collect())
    }

    async fn reached(&self, _: Topic, _: u32, partition: u16) -> Result<Option<u64>> {
        self.up()?;
        let held = self.store.held.lock();
        let last = held.ledger.range((partition, 0)..=(partition, u64::MAX)).next_back();
        Ok(last.map(|(_, entry)| entry.range.last))
    }

    async fn record(&self, entries: &[Entry]) -> Result<()> {
        self.up()?;
        let mut held = self.store.held.lock();
        for entry in entries {
            held.ledger.insert((entry.range.partition, entry.range.first), *entry);
        }
        Ok(())
    }
}

/// Letters in memory.
#[derive(Debug, Default)]
pub(super) struct Letters(pub(super) Mutex<BTreeMap<Place, DeadLetter>>);

#[async_trait]
impl DeadLetters for Letters {
    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<()> {
        let mut held = self.0.lock();
        for letter in letters {
            held.entry(letter.place).or_insert(letter);
        }
        Ok(())
    }

    async fn list(&self, _: usize, _: Option<Place>) -> Result<Vec<DeadLetter>> {
        Ok(self.0.lock().values().rev().cloned().collect())
    }

    async fn show(&self, place: Place) -> Result<DeadLetter> {
        let held = self.0.lock().get(&place).cloned();
        held.ok_or_else(|| Error::new(Kind::NotFound, "dead.show", "there is no such letter"))
    }

    async fn requeue(&self, _: Place, _: Timestamp) -> Result<()> {
        Err(Error::new(Kind::Rejected, "dead.requeue", "nothing is put back here"))
    }

    async fn discard(&self, place: Place) -> Result<()> {
        self.0.lock().remove(&place);
        Ok(())
    }

    async fn expire(&self, _: Timestamp, _: u64) -> Result<Expired> {
        Ok(Expired::default())
    }

    async fn waiting(&self) -> Result<u64> {
        Ok(self.0.lock().len() as u64)
    }
}
