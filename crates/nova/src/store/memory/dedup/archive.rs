//! What left memory, in SQLite: the first offset of every identity, and the receipt of what left early.

use std::path::Path;

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::fingerprint::{Fingerprint, Key};
use super::ring::Entry;
use super::window::Gone;
use crate::sqlite;

const OP: &str = "dedup.archive";
/// Raised when the tables change.
const VERSION: i64 = 1;
/// The most rows one call of [`Archive::prune`] drops.
const PRUNE_ROWS_MAX: u32 = 100_000;
/// Outdated rows of `recent` that a flush drops at most for each entry it writes: more than one, or they would pile up.
const OUTDATED_PER_ENTRY: usize = 2;

/// The file `dedup.db`. Written by one task; an identity and its first offset, never changed, dropped by age only.
#[derive(Debug)]
pub struct Archive {
    connection: Connection,
}

/// Is there a copy of what came at this offset?
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    pub(super) print: Fingerprint,
    /// Of the event's own time, since 1970.
    pub(super) second: u32,
    pub(super) offset: u64,
    /// One with the same event time may have left.
    pub(super) by_time: bool,
    /// One may have left early.
    pub(super) by_receipt: bool,
}

/// What the archive knows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// The first offset of the identity with the same event time.
    pub(super) first: Option<u64>,
    /// When the identity was received last, at a smaller offset, among what left early.
    pub(super) received: Option<u32>,
}

/// What leaves the window of a partition.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    pub(super) seen: Vec<Entry>,
    /// What leaves early, with its second of receipt.
    pub(super) recent: Vec<(Entry, u32)>,
}

impl Archive {
    /// Opens or creates the archive. One that was filled under another key is emptied: it belongs to a log that is
    /// gone, and could not be read anyway.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`; `Rejected` for one written by a newer version.
    pub fn open(path: &Path, key: Key) -> Result<Self> {
        let connection = sqlite::open(path)?;
        let version: i64 = read(connection.query_row("pragma user_version", [], |row| row.get(0)))?;
        if version > VERSION {
            return Err(Error::new(Kind::Rejected, OP, "the archive was written by a newer version of nova"));
        }
        read(connection.execute_batch(include_str!("archive.sql")))?;
        let check = key.check().cast_signed();
        let owner: Option<i64> =
            read(connection.query_row("select key_check from owner", [], |row| row.get(0)).optional())?;
        if owner != Some(check) {
            read(
                connection.execute_batch(
                    "begin immediate; delete from seen; delete from recent; delete from owner;",
                ),
            )?;
            read(connection.execute("insert into owner (key_check) values (?1)", [check]))?;
            read(connection.execute_batch(&format!("pragma user_version = {VERSION}; commit;")))?;
        }
        Ok(Self { connection })
    }

    /// Keeps what leaves a partition, durable when this returns; of an identity that is there already the first offset
    /// stays. Drops some of what was received before `outdated`.
    pub(super) fn keep(&mut self, partition: u16, mut leaving: Leaving, outdated: u32) -> Result<()> {
        leaving.seen.sort_unstable_by_key(|entry| (entry.second, entry.print, entry.offset));
        leaving.recent.sort_unstable_by_key(|(entry, _)| (entry.print, entry.offset));
        let mut keep = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            insert(&transaction, partition, &leaving)?;
            let drops_max = OUTDATED_PER_ENTRY * leaving.seen.len().max(leaving.recent.len());
            drop_outdated(&transaction, partition, outdated, drops_max)?;
            transaction.commit()
        };
        read(keep())
    }

    /// What it knows, about questions of a partition each, in their order.
    pub(super) fn tell(&self, questions: &[(u16, Question)]) -> Result<Vec<Told>> {
        let mut told = vec![Told::default(); questions.len()];
        let tell = |told: &mut [Told]| {
            let transaction = self.connection.unchecked_transaction()?;
            by_time(&transaction, questions, told)?;
            by_receipt(&transaction, questions, told)?;
            transaction.commit()
        };
        read(tell(&mut told))?;
        Ok(told)
    }

    /// What it says about when not to ask it.
    pub(super) fn gone(&self) -> Result<Gone> {
        let early = self.connection.query_row("select max(received) from recent", [], |row| row.get(0));
        Ok(Gone { newest: self.newest()?, early: read(early)? })
    }

    /// The newest event time it holds, in seconds.
    fn newest(&self) -> Result<Option<u32>> {
        read(self.connection.query_row("select max(second) from seen", [], |row| row.get(0)))
    }

    /// Drops entries of events older than `second`, the oldest first and a bounded number a call; gives how many.
    pub(super) fn prune(&mut self, second: u32) -> Result<usize> {
        let oldest = "delete from seen where (second, print) in \
                      (select second, print from seen where second < ?1 order by second, print limit ?2)";
        read(self.connection.execute(oldest, (second, PRUNE_ROWS_MAX)))
    }

    /// How many identities it holds. Reads all of them.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub fn len(&self) -> Result<u64> {
        let count: i64 = read(self.connection.query_row("select count(*) from seen", [], |row| row.get(0)))?;
        Ok(count.cast_unsigned())
    }

    /// Holds nothing.
    ///
    /// # Errors
    /// As for [`Archive::len`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.newest()?.is_none())
    }
}

fn insert(transaction: &Transaction<'_>, partition: u16, leaving: &Leaving) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare_cached("insert or ignore into seen (second, print, first_offset) values (?1, ?2, ?3)")?;
    for entry in &leaving.seen {
        insert.execute((entry.second, entry.print.bytes(), entry.offset.cast_signed()))?;
    }
    let mut insert = transaction.prepare_cached(
        "insert or ignore into recent (partition, print, taken_offset, received) values (?1, ?2, ?3, ?4)",
    )?;
    for (entry, received) in &leaving.recent {
        insert.execute((partition, entry.print.bytes(), entry.offset.cast_signed(), received))?;
    }
    Ok(())
}

/// Drops the oldest of what was received before `outdated`. Row by row: given the rows as a subquery, SQLite walks the
/// whole partition to find them.
fn drop_outdated(
    transaction: &Transaction<'_>,
    partition: u16,
    outdated: u32,
    drops_max: usize,
) -> rusqlite::Result<()> {
    let mut rows: Vec<([u8; 16], i64)> = transaction
        .prepare_cached(
            "select print, taken_offset from recent where partition = ?1 and received < ?2 \
             order by received limit ?3",
        )?
        .query_map((partition, outdated, drops_max as i64), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.sort_unstable();
    let mut delete = transaction
        .prepare_cached("delete from recent where partition = ?1 and print = ?2 and taken_offset = ?3")?;
    for (print, offset) in rows {
        delete.execute((partition, print, offset))?;
    }
    Ok(())
}

fn by_time(
    transaction: &Transaction<'_>,
    questions: &[(u16, Question)],
    told: &mut [Told],
) -> rusqlite::Result<()> {
    let mut select =
        transaction.prepare_cached("select first_offset from seen where second = ?1 and print = ?2")?;
    let mut order: Vec<usize> = (0..questions.len()).filter(|at| questions[*at].1.by_time).collect();
    // in the order of the tree: neighbours share its pages
    order.sort_unstable_by_key(|at| (questions[*at].1.second, questions[*at].1.print));
    for at in order {
        let question = questions[at].1;
        let first: Option<i64> =
            select.query_row((question.second, question.print.bytes()), |row| row.get(0)).optional()?;
        told[at].first = first.map(i64::cast_unsigned);
    }
    Ok(())
}

fn by_receipt(
    transaction: &Transaction<'_>,
    questions: &[(u16, Question)],
    told: &mut [Told],
) -> rusqlite::Result<()> {
    let mut select = transaction.prepare_cached(
        "select received from recent where partition = ?1 and print = ?2 and taken_offset < ?3 \
         order by taken_offset desc limit 1",
    )?;
    let mut order: Vec<usize> = (0..questions.len()).filter(|at| questions[*at].1.by_receipt).collect();
    order.sort_unstable_by_key(|at| (questions[*at].0, questions[*at].1.print));
    for at in order {
        let (partition, Question { print, offset, .. }) = questions[at];
        told[at].received = select
            .query_row((partition, print.bytes(), offset.cast_signed()), |row| row.get(0))
            .optional()?;
    }
    Ok(())
}

#[cfg(test)]
impl Archive {
    /// Leaves the disk its time: a test ends processes, not machines.
    pub(super) fn without_sync(self) -> Self {
        self.connection.execute_batch("pragma synchronous = off").expect("a pragma");
        self
    }
}

fn read<T>(outcome: rusqlite::Result<T>) -> Result<T> {
    outcome.map_err(|error| sqlite::failure(OP, error))
}
