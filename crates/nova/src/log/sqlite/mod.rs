//! The embedded twin: frames of records in SQLite.

pub(crate) mod frame;
mod wake;

pub(crate) use wake::Wake;

/// The log in a directory.
#[derive(Debug)]
pub struct SqliteLog;
