//! Connections that read beside the writer.

use std::path::Path;
use std::sync::Arc;

use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::sqlite::{failure, open_reader};

/// Connections. Reads of a file in memory are bound by processors; more connections would only fill more caches.
const READERS: usize = 4;
/// Questions running or waiting. Beyond, the caller is told to come back.
const QUESTIONS_MAX: usize = 1_024;

/// A few connections, lent to one question each.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    /// One permit for each connection in `idle`.
    lend: Arc<Semaphore>,
    /// One permit for each question that may be under way.
    doors: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Arc<Self>> {
        let idle = (0..READERS).map(|_| open_reader(path)).collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Self {
            idle: Mutex::new(idle),
            lend: Arc::new(Semaphore::new(READERS)),
            doors: Arc::new(Semaphore::new(QUESTIONS_MAX)),
        }))
    }

    /// Answers a question on a thread that may block. Everything the question reads is of one moment, and no older
    /// than the last write that was answered before it was asked.
    ///
    /// # Errors
    /// `Unavailable` when too many are waiting; `Corrupt` when the file holds what nobody wrote.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        op: &'static str,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let _door = self
            .doors
            .try_acquire()
            .map_err(|_| Error::new(Kind::Unavailable, op, "too many reads are waiting"))?;
        let permit = Arc::clone(&self.lend).acquire_owned().await.map_err(|_| stopped(op))?;
        let home = Arc::clone(self);
        let answered = tokio::task::spawn_blocking(move || {
            // dropped in reverse: first the connection goes back, then the permit for it
            let _permit = permit;
            let lent = home.lend_one().ok_or_else(|| stopped(op))?;
            lent.one_moment(question).map_err(|error| refused(op, error))
        });
        answered.await.map_err(|error| stopped(op).with_source(error))?
    }

    fn lend_one(&self) -> Option<Lent<'_>> {
        self.idle.lock().pop().map(|connection| Lent { connection: Some(connection), home: self })
    }
}

/// A connection that goes home, also when the question panics.
struct Lent<'a> {
    connection: Option<Connection>,
    home: &'a Readers,
}

impl Lent<'_> {
    fn one_moment<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let connection = self.connection.as_ref().expect("held until it is dropped");
        let snapshot = connection.unchecked_transaction()?;
        question(&snapshot)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.home.idle.lock().extend(self.connection.take());
    }
}

fn refused(op: &'static str, error: rusqlite::Error) -> Error {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    match error {
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) => {
            Error::new(Kind::Corrupt, op, "the tables hold what nobody wrote").with_source(error)
        }
        other => failure(op, other),
    }
}

fn stopped(op: &'static str) -> Error {
    Error::new(Kind::Unavailable, op, "the readers have stopped")
}
