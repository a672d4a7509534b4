//! What left memory, in SQLite: the first offset of every identity, and the receipt of what left early.

mod pages;
mod question;
mod seen;
mod recent;
mod writer;

pub(super) use pages::{Kept, Pages};
pub(super) use question::{ByReceipt, ByTime, Questions, Told};
pub(super) use recent::Run;
pub(super) use writer::Written;

use std::path::Path;

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use self::writer::Writer;
use super::fingerprint::{Fingerprint, Key};
use crate::sqlite;

const OP: &str = "dedup.archive";
/// Raised when the tables change.
const VERSION: i64 = 1;

/// The file `dedup.db`. Written by one task; an identity and its first offset, never changed, dropped by age only.
#[derive(Debug)]
pub struct Archive {
    reader: Connection,
    writer: Writer,
}

/// How entries are put together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Of a page, on average.
    pub(super) page_entries: usize,
    /// Of a slot of event time, to be written as pages: from one page on.
    pub(super) group_entries_min: usize,
    /// Groups of a slot at most, for each has to be asked: what comes later goes row by row.
    pub(super) groups_max: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { page_entries: pages::PAGE_ENTRIES, group_entries_min: pages::PAGE_ENTRIES, groups_max: 16 }
    }
}

/// What leaves the window of a partition.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// How many leave, the oldest first.
    pub(super) count: usize,
    /// The first of each identity that the archive does not have, with its event time.
    pub(super) seen: Vec<Kept>,
    /// What leaves early, with its receipt.
    pub(super) early: Vec<Kept>,
    /// The newest event time of what leaves early, and of the rest.
    pub(super) early_newest: Option<u32>,
    pub(super) newest: Option<u32>,
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
        read(connection.execute_batch(include_str!("tables.sql")))?;
        let check = key.check().cast_signed();
        let owner: Option<i64> =
            read(connection.query_row("select key_check from owner", [], |row| row.get(0)).optional())?;
        if owner != Some(check) {
            read(connection.execute_batch(
                "begin immediate; delete from seen; delete from seen_group; delete from recent; \
                 delete from page; delete from owner;",
            ))?;
            read(connection.execute("insert into owner (key_check) values (?1)", [check]))?;
            read(connection.execute_batch(&format!("pragma user_version = {VERSION}; commit;")))?;
        }
        let reader = sqlite::open_reader(path)?;
        Ok(Self { reader, writer: Writer::new(path, connection, Layout::default()) })
    }

    /// What writes what leaves.
    pub(super) const fn writer(&mut self) -> &mut Writer {
        &mut self.writer
    }

    /// What it knows about each of so many events that were asked about.
    pub(super) fn tell(&self, mut questions: Questions, events: usize) -> Result<Vec<Told>> {
        let mut told = vec![Told::default(); events];
        let mut tell = || {
            let transaction = self.reader.unchecked_transaction()?;
            seen::tell(&transaction, &mut questions.by_time, &mut told)?;
            recent::tell(&transaction, &mut questions.by_receipt, &mut told)?;
            transaction.commit()
        };
        read(tell())?;
        Ok(told)
    }

    /// An event time in seconds that nothing in it is newer than.
    pub(super) fn newest(&self) -> Result<Option<u32>> {
        read(seen::newest(&self.reader))
    }

    /// The runs it has, by receipt, oldest first, each with its partition.
    pub(super) fn runs(&self) -> Result<Vec<(u16, Run)>> {
        read(recent::all(&self.reader))
    }

    /// The fingerprints of a run, in their order.
    pub(super) fn prints(&self, run: &Run) -> Result<Vec<Fingerprint>> {
        let mut prints = Vec::new();
        let mut collect = || {
            let transaction = self.reader.unchecked_transaction()?;
            for number in 0..u64::from(run.pages.count) {
                let page = run.pages.first.saturating_add(number);
                pages::read(&transaction, page, |kept| prints.push(kept.print))?;
            }
            transaction.commit()
        };
        read(collect())?;
        Ok(prints)
    }

    /// Drops entries of events older than `second`, the oldest first and a bounded number a call; gives how many.
    pub(super) fn prune(&mut self, second: u32) -> Result<usize> {
        self.writer.at_once(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let dropped = seen::prune(&transaction, second)?;
            transaction.commit()?;
            Ok(dropped)
        })
    }

    /// How many identities it holds. Reads all of them that are not on pages.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub fn len(&self) -> Result<u64> {
        read(seen::len(&self.reader))
    }

    /// Holds nothing.
    ///
    /// # Errors
    /// As for [`Archive::len`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.newest()?.is_none())
    }
}

#[cfg(test)]
impl Archive {
    /// Leaves the disk its time: a test ends processes, not machines.
    pub(super) fn without_sync(mut self) -> Self {
        let off = |connection: &mut Connection| connection.execute_batch("pragma synchronous = off");
        self.writer.at_once(off).expect("a pragma");
        self
    }

    /// Makes pages and groups of what little a test writes.
    pub(super) const fn with_layout(mut self, layout: Layout) -> Self {
        self.writer.layout = layout;
        self
    }
}

fn read<T>(outcome: rusqlite::Result<T>) -> Result<T> {
    outcome.map_err(|error| sqlite::failure(OP, error))
}
