//! The writer of a database: many callers, one thread, one sync for all who wait together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::failure;

/// Jobs waiting for the writer. Full: the caller is told to come back, memory stays bounded.
pub(super) const QUEUE_MAX: usize = 4_096;
/// Jobs of one commit. More would make the first of them wait too long.
const COMMIT_JOBS_MAX: usize = 512;
/// The part of the last commit's time that the next one may wait for company: an eighth, at most 1 ms.
const GATHER_SHARE: u32 = 8;
const GATHER_MAX: Duration = Duration::from_millis(1);

/// One thread that writes a database, many callers: whatever waits together is committed together, with one sync.
///
/// Each job runs in its own savepoint: a job that fails or panics leaves nothing behind and does not touch the
/// others. Its answer comes after the commit, so an answered job is durable. A job runs whether or not its caller
/// still waits.
#[derive(Debug)]
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Committer {
    /// Starts the writer on a connection of its own. `committed` runs after every commit, before the answers.
    pub(crate) fn start(
        name: &str,
        connection: Connection,
        committed: impl Fn() + Send + 'static,
    ) -> Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(connection, jobs, &committed))
            .map_err(|error| {
                Error::new(Kind::Unavailable, "sqlite.open", "no thread for the writer").with_source(error)
            })?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `job` in a transaction and gives its result once that is durable.
    ///
    /// # Errors
    /// The job's own; `Unavailable` when the queue is at its bound; what `begin` or `commit` failed with.
    pub(crate) async fn submit<T: Send + 'static>(
        &self,
        op: &'static str,
        job: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let submitted = Box::new(Submitted { op, work: Some(job), outcome: None, answer });
        let queue = self.queue.as_ref().ok_or_else(|| stopped(op))?;
        queue.try_send(submitted).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Error::new(Kind::Unavailable, op, "too many writes are waiting")
            }
            mpsc::error::TrySendError::Closed(_) => stopped(op),
        })?;
        answered.await.map_err(|_| stopped(op))?
    }
}

impl Drop for Committer {
    /// Waits until every accepted job is committed.
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.lock().take() {
            drop(thread.join());
        }
    }
}

fn stopped(op: &'static str) -> Error {
    Error::new(Kind::Unavailable, op, "the writer has stopped")
}

/// A job on its way: run inside a transaction, answered after it.
trait Job: Send {
    fn run(&mut self, transaction: &Transaction<'_>);
    /// `undone` when the transaction around it did not come to be.
    fn answer(self: Box<Self>, undone: Option<&Undone>);
}

struct Submitted<T, W> {
    op: &'static str,
    work: Option<W>,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, W: FnOnce(&Transaction<'_>) -> Result<T> + Send> Job for Submitted<T, W> {
    fn run(&mut self, transaction: &Transaction<'_>) {
        self.outcome = self.work.take().map(|work| in_savepoint(self.op, transaction, work));
    }

    fn answer(self: Box<Self>, undone: Option<&Undone>) {
        let outcome = match (self.outcome, undone) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(undone)) => Err(undone.error(self.op)),
            (Some(done), None) => done,
            (None, None) => Err(stopped(self.op)),
        };
        // nobody waits any more: the job is done all the same
        drop(self.answer.send(outcome));
    }
}

fn in_savepoint<T>(
    op: &'static str,
    transaction: &Transaction<'_>,
    work: impl FnOnce(&Transaction<'_>) -> Result<T>,
) -> Result<T> {
    let statement = |sql| {
        transaction.prepare_cached(sql).and_then(|mut it| it.execute([])).map_err(|error| failure(op, error))
    };
    statement("savepoint job")?;
    // the writer serves everybody: one caller's panic must not end it
    let outcome = catch_unwind(AssertUnwindSafe(|| work(transaction)))
        .unwrap_or_else(|_| Err(Error::new(Kind::Unavailable, op, "the write panicked")));
    match &outcome {
        Ok(_) => drop(statement("release job")?),
        Err(_) => drop(statement("rollback to job").and_then(|_| statement("release job"))),
    }
    outcome
}

/// Why a transaction did not come to be, for each job in it.
enum Undone {
    /// `begin` or `commit` was refused.
    Refused(rusqlite::Error),
    /// SQLite took everything back by itself when one job failed (a full disk may do this).
    WithAnother,
}

impl Undone {
    fn error(&self, op: &'static str) -> Error {
        match self {
            Self::Refused(rusqlite::Error::SqliteFailure(code, text)) => {
                failure(op, rusqlite::Error::SqliteFailure(*code, text.clone()))
            }
            Self::Refused(other) => {
                Error::new(Kind::Unavailable, op, "the database refused").with_source(other.to_string())
            }
            Self::WithAnother => {
                Error::new(Kind::Unavailable, op, "another write of the same commit took it back")
            }
        }
    }
}

fn run(mut connection: Connection, mut queue: mpsc::Receiver<Box<dyn Job>>, committed: &dyn Fn()) {
    let mut jobs = Vec::with_capacity(COMMIT_JOBS_MAX);
    let (mut before, mut took) = (0, Duration::ZERO);
    while queue.blocking_recv_many(&mut jobs, COMMIT_JOBS_MAX) > 0 {
        if jobs.len() < before {
            gather(&mut queue, &mut jobs, took);
        }
        before = jobs.len();
        let start = Instant::now();
        let undone = commit(&mut connection, &mut jobs).err();
        took = start.elapsed();
        if undone.is_none() {
            committed();
        }
        for job in jobs.drain(..) {
            job.answer(undone.as_ref());
        }
    }
}

/// Callers who were just answered come back together, a moment after the first of them: to wait that moment, a small
/// part of what a commit takes on this disk, makes one commit of what would be a small one and a large one.
fn gather(queue: &mut mpsc::Receiver<Box<dyn Job>>, jobs: &mut Vec<Box<dyn Job>>, took: Duration) {
    std::thread::sleep((took / GATHER_SHARE).min(GATHER_MAX));
    while jobs.len() < COMMIT_JOBS_MAX {
        let Ok(job) = queue.try_recv() else { break };
        jobs.push(job);
    }
}

fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), Undone> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Undone::Refused)?;
    for job in jobs {
        job.run(&transaction);
        // without this the jobs after it would each be a transaction of their own
        if transaction.is_autocommit() {
            return Err(Undone::WithAnother);
        }
    }
    transaction.commit().map_err(Undone::Refused)
}
