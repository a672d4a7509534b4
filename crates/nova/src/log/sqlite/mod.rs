//! The embedded twin: frames of records in SQLite.
//!
//! ```text
//!   social.db   social tables + frames of cdc.*   a social write and its change records: one transaction
//!   events.db   frames of events, positions of groups, dead letters
//!
//!   append --> [ encoded frame ] --> Committer (one thread a file) --> one sync for all who wait --> answers
//!                                                                 \--> Wake --> readers
//! ```
//!
//! Several processes may open one directory: offsets are given inside the write transaction.

mod body;
mod dead;
mod expire;
pub(crate) mod frame;
mod group;
mod port;
mod reader;
mod scan;
#[cfg(test)]
mod tests;
mod trim;
mod wake;

pub(crate) use wake::Wake;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nova_core::clock::Clock;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};
use tokio::sync::{Semaphore, SemaphorePermit};

use self::body::Body;
use super::{Positions, Record, Topic};
use crate::sqlite::{self, Committer, failure};

/// The unit in which waiting appends are counted: 1 KiB.
const ROOM_BYTES: usize = 1_024;

/// What can be set.
#[derive(Debug, Clone, Copy)]
pub struct SqliteLogConfig {
    /// Records younger than this are never dropped.
    pub retention: Duration,
    /// Bytes of appends that may wait for the disk; beyond them callers are told to come back.
    pub waiting_bytes_max: usize,
}

impl Default for SqliteLogConfig {
    /// 7 days; 64 MiB, about a second of a busy disk.
    fn default() -> Self {
        Self { retention: Duration::from_secs(7 * 86_400), waiting_bytes_max: 64 << 20 }
    }
}

/// The log in a directory.
#[derive(Debug)]
pub struct SqliteLog {
    events: Committer,
    social: Committer,
    events_file: File,
    social_file: File,
    wake: Wake,
    clock: Arc<dyn Clock>,
    retention: Duration,
    room: Semaphore,
    room_max: u32,
}

/// One of the two databases, for reading.
#[derive(Debug)]
struct File {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
}

/// In which file a topic lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    Social,
    Events,
}

impl Home {
    const fn of(topic: Topic) -> Self {
        match topic {
            Topic::Change(_) => Self::Social,
            Topic::Events => Self::Events,
        }
    }
}

impl SqliteLog {
    /// Opens `social.db` and `events.db` in `dir`, creating what is missing. Blocks shortly.
    ///
    /// # Errors
    /// `Rejected` when a file was written by a newer version, `Corrupt` when one is no database, `Unavailable` when
    /// the directory cannot be read and written. Each names the path.
    pub fn open(dir: &Path, config: SqliteLogConfig, clock: Arc<dyn Clock>) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(|error| {
            let why = format!("{}: the data directory cannot be created", dir.display());
            Error::new(Kind::Unavailable, "log.open", why).with_source(error)
        })?;
        let wake = Wake::new();
        let (social, social_file) = open(&dir.join("social.db"), &wake, |path| {
            let connection = sqlite::open(path)?;
            frame::create(&connection)?;
            Ok(connection)
        })?;
        let (events, events_file) = open(&dir.join("events.db"), &wake, |path| {
            let connection = sqlite::open(path)?;
            frame::create(&connection)?;
            connection
                .execute_batch(include_str!("events.sql"))
                .map_err(|error| failure("log.open", error))?;
            Ok(connection)
        })?;
        let room_max = room_of(config.waiting_bytes_max);
        Ok(Self {
            events,
            social,
            events_file,
            social_file,
            wake,
            clock,
            retention: config.retention,
            room: Semaphore::new(room_max as usize),
            room_max,
        })
    }

    /// Rung by this log after its commits; whoever else writes frames in this process rings it too.
    pub(crate) fn wake(&self) -> Wake {
        self.wake.clone()
    }

    fn writer(&self, home: Home) -> &Committer {
        match home {
            Home::Social => &self.social,
            Home::Events => &self.events,
        }
    }

    fn file(&self, home: Home) -> &File {
        match home {
            Home::Social => &self.social_file,
            Home::Events => &self.events_file,
        }
    }

    /// Asks a file on a blocking thread.
    async fn ask<T: Send + 'static>(
        &self,
        op: &'static str,
        home: Home,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.file(home).connection);
        tokio::task::spawn_blocking(move || question(&connection.lock())).await.map_err(|broken| {
            Error::new(Kind::Unavailable, op, "the question was cut off").with_source(broken)
        })?
    }

    /// Room for bytes that wait for the disk.
    fn room(&self, bodies: &[Body]) -> Result<SemaphorePermit<'_>> {
        // a call larger than all of the room may go when nothing else waits
        let wanted = room_of(bodies.iter().map(|body| body.bytes.len()).sum()).min(self.room_max);
        self.room.try_acquire_many(wanted).map_err(|_| {
            Error::new(Kind::Unavailable, "log.append", "too many bytes are waiting for the disk")
        })
    }

    /// Appends at a moment that the caller knows.
    async fn append_at(&self, topic: Topic, records: Vec<Record>, now: Timestamp) -> Result<Positions> {
        self.write(topic, records, move |transaction, bodies| frame::write(transaction, topic, bodies, now))
            .await
    }

    async fn write(
        &self,
        topic: Topic,
        records: Vec<Record>,
        write: impl FnOnce(&Transaction<'_>, &[Body]) -> Result<Positions> + Send + 'static,
    ) -> Result<Positions> {
        let bodies = body::encode(&records)?;
        drop(records);
        let _room = self.room(&bodies)?;
        self.writer(Home::of(topic))
            .submit("log.append", move |transaction| write(transaction, &bodies))
            .await
    }
}

/// Opens a database twice: for its writer, and for questions.
fn open(
    path: &Path,
    wake: &Wake,
    create: impl FnOnce(&Path) -> Result<Connection>,
) -> Result<(Committer, File)> {
    let (writer, rings) = (create(path)?, wake.clone());
    let name = path.file_stem().map_or_else(String::new, |stem| format!("log-{}", stem.display()));
    let writer = Committer::start(&name, writer, move || rings.ring())?;
    let connection = Arc::new(Mutex::new(sqlite::open_reader(path)?));
    Ok((writer, File { path: path.to_owned(), connection }))
}

/// Bytes in units of room.
fn room_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(ROOM_BYTES)).unwrap_or(u32::MAX).clamp(1, u32::MAX >> 4)
}
