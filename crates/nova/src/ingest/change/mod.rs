//! Change records of the social tables, as a Debezium connector or the embedded twin writes them.
//!
//! ```text
//!   bare envelope    {"before": row | null, "after": row | null, "source": {"lsn", "ts_us", ..}, "op": "c", ..}
//!   with schemas     {"schema": {..}, "payload": <envelope or flattened>}
//!   flattened        {..columns.., "__op": "c", "__lsn": 26573464, "__deleted": "false"}
//!   passed over      null (tombstone), heartbeats, transaction marks, logical messages
//! ```
//!
//! The flattened form is what the transform `ExtractNewRecordState` leaves; it is taken only with
//! `add.fields=op,lsn,source.ts_ms`, because a row without its position in the log cannot be ordered.
//!
//! Columns: a value that did not come along (an unchanged TOAST value, a column the record does not have) is `None`
//! in the row and keeps its earlier value; an SQL null empties a text. Times that PostgreSQL has and Nova has not
//! (infinities, years before 1 or after 9999) become the nearest end.

mod mapping;
mod envelope;
mod row;
mod column;
#[cfg(test)]
mod tests;

pub use mapping::{Mapping, MappingError, TableMapping, columns, key_columns};

use nova_core::model::{Change, Stamp, Table, Timestamp};

use self::envelope::Envelope;
use self::row::Rows;
use super::Undecodable;
use super::json::Value;
use crate::log::Reason;

/// LSNs take the lower 56 bits of a version, 2 to the 56 bytes of log in one epoch.
const LSN_BITS: u32 = 56;

/// What is said of a truncation: whoever can stop at one tells it by this from an operation that nobody knows.
pub(crate) const TRUNCATION: &str = "op: a truncation is not applied by itself";

/// What a record of a change topic is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded {
    /// A row was written or removed.
    Change {
        /// Which, and how it stands now.
        change: Change,
        /// Columns of the record that the mapping does not name; they were passed over.
        unknown_columns: u32,
    },
    /// Nothing to apply, by its nature.
    Skipped(Why),
}

/// Why a record has nothing to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// The null value behind a deletion: it is for the log's compaction.
    Tombstone,
    /// A sign of life of the connector.
    Heartbeat,
    /// The begin or end of a transaction of the source.
    Transaction,
    /// A logical message (`pg_logical_emit_message`).
    Message,
}

/// Decodes one record of a change topic.
///
/// A deletion needs the primary key only; it is taken from `before`, or from the record's key where `before` is
/// missing (replica identity "nothing" or a transform that drops it). `received_at` dates a change whose record says
/// nothing of its time of commit.
///
/// # Errors
/// [`Reason::Malformed`] for what is not JSON, [`Reason::Invalid`] for JSON of another shape, a row of another table or
/// a column with a value it cannot have, [`Reason::Unversioned`] without a usable LSN, [`Reason::Operation`] for a truncation or an
/// operation nobody knows.
pub fn decode(
    mapping: &Mapping,
    table: Table,
    key: &[u8],
    value: Option<&[u8]>,
    received_at: Timestamp,
) -> Result<Decoded, Undecodable> {
    let names = mapping.of(table);
    let Some(bytes) = value else { return Ok(Decoded::Skipped(Why::Tombstone)) };
    let envelope = match envelope::read(bytes, table, names)? {
        Ok(envelope) => envelope,
        Err(why) => return Ok(Decoded::Skipped(why)),
    };
    let op = envelope.op.text();
    // a message is of no table
    if op != Some("m") {
        of_table(&envelope, names)?;
    }
    let deleted = match op {
        Some("c" | "u" | "r") => envelope.deleted,
        Some("d") => true,
        Some("m") => return Ok(Decoded::Skipped(Why::Message)),
        Some("t") => {
            return Err(Undecodable::new(Reason::Operation, TRUNCATION));
        }
        Some(_) => return Err(Undecodable::new(Reason::Operation, "op: none of c, u, r, d, t, m")),
        None => return Err(Undecodable::field("op", "must be text")),
    };
    let stamp = Stamp {
        version: version(mapping.epoch, &envelope.source.lsn)?,
        committed_at: committed_at(&envelope, received_at),
    };
    let rows = Rows { table, names, schema: envelope.schema, committed_at: stamp.committed_at };
    if deleted {
        let row = envelope.before.or(envelope.after).unwrap_or_default();
        let unknown_columns = row.unknown;
        let key = rows.key_or_else(&row, || envelope::read_key(key, table, names))?;
        return Ok(Decoded::Change { change: Change::Delete { key, stamp }, unknown_columns });
    }
    let row = envelope.after.ok_or_else(|| Undecodable::field("after", "is missing"))?;
    let unknown_columns = row.unknown;
    Ok(Decoded::Change { change: Change::Put { row: rows.row(row)?, stamp }, unknown_columns })
}

/// Is it of the table of its topic? One that does not say is taken for it.
fn of_table(envelope: &Envelope<'_>, names: &TableMapping) -> Result<(), Undecodable> {
    match envelope.source.table.text() {
        Some(table) if table != names.table() => {
            let cause = format!("is not {}, the table of this topic", names.table());
            Err(Undecodable::field("source.table", cause))
        }
        _ => Ok(()),
    }
}

fn version(epoch: u8, lsn: &Value<'_>) -> Result<u64, Undecodable> {
    let unversioned = |cause: &str| Undecodable::new(Reason::Unversioned, format!("source.lsn: {cause}"));
    if lsn.is_none() {
        return Err(unversioned("is missing"));
    }
    let lsn = lsn.positive().ok_or_else(|| unversioned("must be an integer from 1 on"))?;
    if lsn >> LSN_BITS != 0 {
        return Err(unversioned("must be less than 2 to the 56"));
    }
    Ok(u64::from(epoch) << LSN_BITS | lsn)
}

/// The source's time of commit, else the connector's of reading it, else the log's of receiving it.
fn committed_at(envelope: &Envelope<'_>, received_at: Timestamp) -> Timestamp {
    let micros = |value: &Value<'_>| value.positive().and_then(|it| i64::try_from(it).ok());
    let millis = |value: &Value<'_>| micros(value).map(Timestamp::from_millis);
    micros(&envelope.source.ts_us)
        .map(Timestamp::from_micros)
        .or_else(|| millis(&envelope.source.ts_ms))
        .or_else(|| millis(&envelope.ts_ms))
        .unwrap_or(received_at)
}
