//! How the embedded twins keep things on disk: one way to open a database, one way to write.

mod committer;
#[cfg(test)]
mod tests;

pub(crate) use committer::Committer;

use std::path::Path;
use std::time::Duration;

use nova_core::error::{Error, Kind, Result};
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

/// The format of everything in a data directory, in `pragma user_version` of each file. Raised with any change that
/// an older version would misread; an older version then refuses the file instead of harming it.
const FORMAT: i64 = 1;
/// The write-ahead log's file is cut back to this after something larger went through it: 64 MiB.
const JOURNAL_BYTES_MAX: u32 = 64 << 20;
/// How long a statement waits for another process's lock (`nova dead-letters` beside a server).
const BUSY_MAX: Duration = Duration::from_secs(5);
/// Pages (of 4 KiB: larger ones write more bytes for the same records, measured) after which the write-ahead log goes
/// back into the database file: 16 MiB. Less makes more syncs, more makes a longer pause and a longer start after a
/// kill.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Opens or creates a database that survives a kill and a power cut: WAL, and a sync on every commit.
///
/// # Errors
/// `Rejected` when the file was written by a newer version; `Corrupt` when it is no database; `Unavailable` when it
/// cannot be created, read or written. Each names the file.
pub(crate) fn open(path: &Path) -> Result<Connection> {
    let refused = |error| named(path, failure("sqlite.open", error));
    let connection = Connection::open(path).map_err(refused)?;
    prepare(&connection).map_err(refused)?;
    if connection.is_readonly(MAIN_DB).map_err(refused)? {
        return Err(named(path, Error::new(Kind::Unavailable, "sqlite.open", "it is read-only")));
    }
    let format: i64 = connection.query_row("pragma user_version", [], |row| row.get(0)).map_err(refused)?;
    if format > FORMAT {
        let why = format!("it has format {format} of a newer version; this one reads up to {FORMAT}");
        return Err(named(path, Error::new(Kind::Rejected, "sqlite.open", why)));
    }
    connection
        .execute_batch(&format!(
            "pragma journal_mode = wal; pragma synchronous = full; \
             pragma wal_autocheckpoint = {CHECKPOINT_PAGES}; pragma journal_size_limit = {JOURNAL_BYTES_MAX};"
        ))
        .map_err(refused)?;
    if format == 0 {
        connection.execute_batch(&format!("pragma user_version = {FORMAT}")).map_err(refused)?;
    }
    Ok(connection)
}

/// Opens a database that is there for reading beside its writer.
///
/// The connection takes no writes, but it may write: whoever closes a database last brings the write-ahead log back
/// into its file and removes it, and one that was opened read-only would leave it lying there.
///
/// # Errors
/// `Unavailable` when it is not there or cannot be read; names the file.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let refused = |error| named(path, failure("sqlite.open", error));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(refused)?;
    prepare(&connection).map_err(refused)?;
    connection.execute_batch("pragma query_only = on").map_err(refused)?;
    Ok(connection)
}

/// Sets what every connection needs, whatever it is for.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.busy_timeout(BUSY_MAX)?;
    // 16 MB of page cache; up to 1 GiB of the file read through the page cache of the system without a copy
    connection.execute_batch(
        "pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -16000; \
         pragma mmap_size = 1073741824;",
    )
}

/// An error of opening, with the file in front.
fn named(path: &Path, error: Error) -> Error {
    let detail = format!("{}: {}", path.display(), error.detail());
    Error::new(error.kind(), error.op(), detail).with_source(error)
}

/// What a failure of SQLite means to the caller of a port.
pub(crate) fn failure(op: &'static str, error: rusqlite::Error) -> Error {
    let (kind, detail) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (Kind::Unavailable, "the disk is full"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            (Kind::Unavailable, "the data directory cannot be written")
        }
        Some(ErrorCode::CannotOpen) => (Kind::Unavailable, "it cannot be opened or created"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (Kind::Timeout, "another process holds the database")
        }
        Some(ErrorCode::NotADatabase) => (Kind::Corrupt, "it is not a database"),
        Some(ErrorCode::DatabaseCorrupt) => (Kind::Corrupt, "the database is damaged"),
        Some(ErrorCode::ConstraintViolation) => (Kind::Conflict, "the database refused"),
        _ => (Kind::Unavailable, "the database refused"),
    };
    Error::new(kind, op, detail).with_source(error)
}
