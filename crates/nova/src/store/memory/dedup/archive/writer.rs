//! Writes what leaves memory beside the decisions: a batch does not wait for the disk.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, TransactionBehavior};

use super::recent::Run;
use super::{Layout, Leaving, OP, read, recent, seen};
use crate::sqlite;

/// The one connection that writes. A thread has it for as long as it writes what leaves one partition, and gives it
/// back; there is one such thread at a time.
#[derive(Debug)]
pub(in crate::store::memory::dedup) struct Writer {
    path: PathBuf,
    /// `None`: a thread has it, or took it with it when it failed.
    connection: Option<Connection>,
    thread: Option<JoinHandle<(Connection, Written)>>,
    pub(super) layout: Layout,
}

/// What a thread was given, and what became of it.
#[derive(Debug)]
pub(in crate::store::memory::dedup) struct Written {
    pub(in crate::store::memory::dedup) partition: u16,
    pub(in crate::store::memory::dedup) leaving: Leaving,
    /// The run of what left early. When this is there, all of it is durable.
    pub(in crate::store::memory::dedup) run: Result<Option<Run>>,
}

impl Writer {
    pub(super) fn new(path: &Path, connection: Connection, layout: Layout) -> Self {
        Self { path: path.to_owned(), connection: Some(connection), thread: None, layout }
    }

    /// Something is being written, or was and nobody asked for it yet.
    pub(in crate::store::memory::dedup) const fn is_busy(&self) -> bool {
        self.thread.is_some()
    }

    /// Begins to write what leaves a partition, and to drop some of what was received before `outdated`. Only one that
    /// is not busy may begin.
    ///
    /// # Errors
    /// `Unavailable` when there is no thread.
    pub(in crate::store::memory::dedup) fn begin(
        &mut self,
        partition: u16,
        mut leaving: Leaving,
        outdated: u32,
    ) -> Result<()> {
        let (mut connection, layout) = (self.take()?, self.layout);
        let work = move || {
            let run = read(keep(&mut connection, partition, &mut leaving, outdated, layout));
            (connection, Written { partition, leaving, run })
        };
        let thread = std::thread::Builder::new().name("dedup".to_owned()).spawn(work).map_err(|error| {
            Error::new(Kind::Unavailable, OP, "no thread for the writer").with_source(error)
        })?;
        self.thread = Some(thread);
        Ok(())
    }

    /// What was begun, once it is done; waits for it if `wait`. `None`: it is not done, or nothing was begun.
    ///
    /// # Errors
    /// `Unavailable` when the thread panicked: nothing of it is written.
    pub(in crate::store::memory::dedup) fn done(&mut self, wait: bool) -> Result<Option<Written>> {
        let Some(thread) = self.thread.take_if(|thread| wait || thread.is_finished()) else {
            return Ok(None);
        };
        let (connection, written) =
            thread.join().map_err(|_| Error::new(Kind::Unavailable, OP, "the write panicked"))?;
        self.connection = Some(connection);
        Ok(Some(written))
    }

    /// Writes something at once; what was begun is waited for, and must be asked for before.
    pub(super) fn at_once<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let mut connection = self.take()?;
        let outcome = read(work(&mut connection));
        self.connection = Some(connection);
        outcome
    }

    fn take(&mut self) -> Result<Connection> {
        self.connection.take().map_or_else(|| sqlite::open(&self.path), Ok)
    }
}

impl Drop for Writer {
    /// Waits for what was begun: whoever opens the file next finds no other writer.
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn keep(
    connection: &mut Connection,
    partition: u16,
    leaving: &mut Leaving,
    outdated: u32,
    layout: Layout,
) -> rusqlite::Result<Option<Run>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    seen::insert(&transaction, &mut leaving.seen, layout)?;
    let run = match leaving.early_newest {
        Some(newest) => Some(recent::insert(&transaction, partition, &mut leaving.early, newest, layout)?),
        None => None,
    };
    recent::drop_outdated(&transaction, partition, outdated)?;
    transaction.commit()?;
    Ok(run)
}
