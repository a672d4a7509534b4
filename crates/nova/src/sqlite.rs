//! How the embedded twins keep things on disk: one way to open a database, one way to write.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

/// Jobs waiting for the writer. Full: the caller is told to come back, memory stays bounded.
const QUEUE_MAX: usize = 4_096;
/// Jobs of one commit. More would make the first of them wait too long.
const COMMIT_JOBS_MAX: usize = 512;
/// How long a statement waits for another process's lock (`nova dead-letters` beside a server).
const BUSY_MAX: Duration = Duration::from_secs(5);

/// Opens or creates a database that survives a kill and a power cut: WAL, and a sync on every commit.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path).map_err(|error| failure("sqlite.open", error))?;
    prepare(&connection)?;
    connection
        .execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 4000;",
        )
        .map_err(|error| failure("sqlite.open", error))?;
    Ok(connection)
}

/// Opens a database that is there for reading beside its writer.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| failure("sqlite.open", error))?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection
        .busy_timeout(BUSY_MAX)
        .and_then(|()| {
            connection.execute_batch(
                "pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -16000; pragma mmap_size = 1073741824;",
            )
        })
        .map_err(|error| failure("sqlite.open", error))
}

/// What a failure of SQLite means to the caller of a port.
pub(crate) fn failure(op: &'static str, error: rusqlite::Error) -> Error {
    let kind = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            return Error::new(Kind::Unavailable, op, "the disk is full").with_source(error);
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            return Error::new(Kind::Unavailable, op, "the data directory cannot be written")
                .with_source(error);
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Kind::Timeout,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Kind::Corrupt,
        Some(ErrorCode::ConstraintViolation) => Kind::Conflict,
        _ => Kind::Unavailable,
    };
    Error::new(kind, op, "the database refused").with_source(error)
}

type Job = Box<dyn FnOnce(&Transaction<'_>) -> Box<dyn FnOnce(Option<Error>) + Send> + Send>;

/// One thread that writes a database, many callers: whatever waits together is committed together, with one sync.
///
/// Each job runs in its own savepoint: a job that fails leaves nothing behind and does not touch the others. Its
/// answer comes after the commit, so an answered job is durable.
#[derive(Debug)]
pub(crate) struct Committer {
    queue: Option<mpsc::Sender<Job>>,
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
    /// The job's own; `Unavailable` when the queue is at its bound or the commit failed.
    pub(crate) async fn submit<T: Send + 'static>(
        &self,
        op: &'static str,
        job: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let outcome = in_savepoint(op, transaction, job);
            Box::new(move |failed| drop(answer.send(failed.map_or(outcome, Err))))
        });
        let queue = self.queue.as_ref().ok_or_else(|| stopped(op))?;
        queue.try_send(job).map_err(|error| match error {
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

fn in_savepoint<T>(
    op: &'static str,
    transaction: &Transaction<'_>,
    job: impl FnOnce(&Transaction<'_>) -> Result<T>,
) -> Result<T> {
    let batch = |sql| transaction.execute_batch(sql).map_err(|error| failure(op, error));
    batch("savepoint job")?;
    let outcome = job(transaction);
    match &outcome {
        Ok(_) => batch("release job")?,
        // a full disk may have rolled the whole transaction back already: then there is no savepoint to return to,
        // and the commit below fails for all
        Err(_) => drop(transaction.execute_batch("rollback to job; release job")),
    }
    outcome
}

fn run(mut connection: Connection, mut jobs: mpsc::Receiver<Job>, committed: &dyn Fn()) {
    let mut waiting = Vec::with_capacity(COMMIT_JOBS_MAX);
    while jobs.blocking_recv_many(&mut waiting, COMMIT_JOBS_MAX) > 0 {
        let taken = std::mem::take(&mut waiting);
        let (answers, failed) = commit(&mut connection, taken);
        if failed.is_none() {
            committed();
        }
        for answer in answers {
            answer(failed.as_deref().map(|error| failure("sqlite.commit", copy(error))));
        }
    }
}

type Answers = Vec<Box<dyn FnOnce(Option<Error>) + Send>>;

fn commit(connection: &mut Connection, jobs: Vec<Job>) -> (Answers, Option<Arc<rusqlite::Error>>) {
    let mut answers = Answers::with_capacity(jobs.len());
    let outcome = (|| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in jobs {
            answers.push(job(&transaction));
        }
        transaction.commit()
    })();
    (answers, outcome.err().map(Arc::new))
}

/// A commit fails for every job in it; each answer needs an error of its own.
fn copy(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::ToSqlConversionFailure(other.to_string().into()),
    }
}
