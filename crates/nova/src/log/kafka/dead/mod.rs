//! Dead letters: the topic `dead_letters` first, where they are as durable as any record, then a row of the table of
//! the same name, where they are looked for.
//!
//! A crash in between leaves a record without a row; the reader has not moved on, meets the record again and buries it
//! again: the topic then has it twice, under one name, and the table once.

mod letter;
mod row;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;

use self::row::{LetterRow, Waiting};
use self::table::{PLACES_MAX, Table};
use super::KafkaLog;
use crate::log::{DeadLetter, DeadLetters, Expired, Place, Topic};
use crate::store::clickhouse::ClickHouse;

/// Letters of one list.
const LIST_MAX: usize = 1_000;
/// Letters that one call forgets, at most; what is left goes with the next.
pub(super) const CALL_LETTERS_MAX: u64 = 20_000;

/// Dead letters on Kafka and ClickHouse.
pub struct KafkaDeadLetters {
    log: Arc<KafkaLog>,
    table: Table,
    epochs: BTreeMap<Topic, u32>,
}

impl KafkaDeadLetters {
    /// On a log and a database that has the table. A topic without an epoch was never made anew: 0.
    #[must_use]
    pub fn new(log: Arc<KafkaLog>, store: ClickHouse, epochs: BTreeMap<Topic, u32>) -> Self {
        Self { log, table: Table(store), epochs }
    }

    fn epoch(&self, topic: Topic) -> u32 {
        self.epochs.get(&topic).copied().unwrap_or(0)
    }

    /// Of one step, at most [`PLACES_MAX`]: those that are not held yet are written, topic first.
    async fn bury_some(&self, letters: &[DeadLetter]) -> Result<()> {
        const OP: &str = "dead.bury";
        let places: Vec<_> = letters.iter().map(|letter| letter.place).collect();
        let mut held = BTreeSet::new();
        for found in self.table.held(OP, &places).await? {
            let place = found.place()?;
            if found.epoch >= self.epoch(place.topic) {
                held.insert(place);
            }
        }
        // the first of a place stays, also within a call
        let new: Vec<_> = letters.iter().filter(|letter| held.insert(letter.place)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let epoch = |letter: &DeadLetter| self.epoch(letter.place.topic);
        let messages: Vec<_> = new.iter().map(|it| letter::message(it, epoch(it))).collect();
        self.log.writer.write(&self.log.config.dead_letters(), &messages).await?;
        let rows: Vec<_> = new.iter().map(|it| LetterRow::new(it, epoch(it))).collect();
        self.table.insert(OP, &rows).await
    }

    async fn find(&self, op: &'static str, place: Place) -> Result<LetterRow> {
        self.table.show(op, &[place]).await?.pop().ok_or_else(|| missing(op, place))
    }

    /// Forgets some; gives their number, and how many of them waited.
    async fn forget(&self, op: &'static str, letters: &[Waiting]) -> Result<(u64, u64)> {
        let places = letters.iter().map(Waiting::place).collect::<Result<Vec<_>>>()?;
        self.table.forget(op, &places).await?;
        let waiting = letters.iter().filter(|letter| letter.waiting == 1).count();
        Ok((places.len() as u64, waiting as u64))
    }
}

#[async_trait]
impl DeadLetters for KafkaDeadLetters {
    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<()> {
        for some in letters.chunks(PLACES_MAX) {
            self.bury_some(some).await?;
        }
        Ok(())
    }

    async fn list(&self, limit: usize, before: Option<Place>) -> Result<Vec<DeadLetter>> {
        const OP: &str = "dead.list";
        let before = match before {
            // nothing is later than the end of time
            None => (Timestamp::MAX, Place { topic: Topic::Events, partition: u16::MAX, offset: u64::MAX }),
            Some(place) => (self.find(OP, place).await?.letter()?.buried_at, place),
        };
        let newest = self.table.newest(OP, before, limit.clamp(1, LIST_MAX)).await?;
        let places = newest.iter().map(row::Placed::place).collect::<Result<Vec<_>>>()?;
        self.table.show(OP, &places).await?.into_iter().map(LetterRow::letter).collect()
    }

    async fn show(&self, place: Place) -> Result<DeadLetter> {
        self.find("dead.show", place).await?.letter()
    }

    /// The record first: a crash in between leaves a letter that waits still. Put back again, the record stands twice
    /// in the log, which versions of changes and identities of events make harmless; it is never lost.
    async fn requeue(&self, place: Place, now: Timestamp) -> Result<()> {
        const OP: &str = "dead.requeue";
        let found = self.find(OP, place).await?;
        let (epoch, letter) = (found.epoch, found.letter()?);
        self.log.writer.write(&self.log.config.topic(place.topic), &[letter::again(&letter)]).await?;
        let marked = DeadLetter { requeued_at: Some(now), ..letter };
        self.table.insert(OP, &[LetterRow::new(&marked, epoch)]).await
    }

    async fn discard(&self, place: Place) -> Result<()> {
        const OP: &str = "dead.discard";
        self.find(OP, place).await?;
        self.table.forget(OP, &[place]).await
    }

    async fn expire(&self, before: Timestamp, keep: u64) -> Result<Expired> {
        const OP: &str = "dead.expire";
        const STEP: u64 = PLACES_MAX as u64;
        let mut all = Expired::default();
        while all.aged < CALL_LETTERS_MAX {
            let aged = self.table.aged(OP, before, STEP).await?;
            if aged.is_empty() {
                break;
            }
            let (gone, waited) = self.forget(OP, &aged).await?;
            all.aged += gone;
            all.waiting += waited;
        }
        let mut more = self.table.count(OP).await?.saturating_sub(keep);
        while more > 0 && all.aged + all.crowded < CALL_LETTERS_MAX {
            let crowded = self.table.crowded(OP, more.min(STEP)).await?;
            if crowded.is_empty() {
                break;
            }
            let (gone, waited) = self.forget(OP, &crowded).await?;
            all.crowded += gone;
            all.waiting += waited;
            more = more.saturating_sub(gone);
        }
        Ok(all)
    }

    async fn waiting(&self) -> Result<u64> {
        self.table.waiting("dead.waiting").await
    }
}

impl fmt::Debug for KafkaDeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaDeadLetters")
            .field("log", &self.log)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

fn missing(op: &'static str, place: Place) -> Error {
    Error::new(Kind::NotFound, op, format!("there is no dead letter {}", DeadLetter::id(place)))
}
