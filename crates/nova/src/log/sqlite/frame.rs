//! Several records a row: a frame is what one append wrote, in one blob.

use nova_core::error::Result;
use nova_core::model::Timestamp;
use rusqlite::Connection;

use crate::log::{Positions, Record, Topic};

/// Creates the tables of a log in this database, where they are not there yet.
pub(crate) fn create(_connection: &Connection) -> Result<()> {
    Ok(())
}

/// Appends records of one topic inside the caller's transaction.
pub(crate) fn append(
    _transaction: &Connection,
    _topic: Topic,
    _records: &[Record],
    _received_at: Timestamp,
) -> Result<Positions> {
    Ok(Positions::default())
}
