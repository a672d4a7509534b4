//! Several records a row: a frame is what one append wrote, in one blob.

use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::body::{self, Body};
use crate::log::{Place, Positions, Record, Topic};
use crate::sqlite::failure;

/// The only partition: one file has one writer at a time, so more would order nothing.
pub(super) const PARTITION: u16 = 0;

const OP: &str = "log.append";

/// Creates the tables of a log in this database, where they are not there yet.
///
/// # Errors
/// As any write to the database.
pub(crate) fn create(connection: &Connection) -> Result<()> {
    connection.execute_batch(include_str!("schema.sql")).map_err(|error| failure("log.open", error))
}

/// Appends records of one topic inside the caller's transaction, which must hold the write lock: all of them or,
/// when the transaction is rolled back, none. Gives the positions right after them (of no records: the end of the
/// topic).
///
/// `received_at` is the present moment; where that lies before the topic's last record, the last record's time is
/// taken: times never decrease.
///
/// # Errors
/// `Rejected` for a record of more than 16 MiB; otherwise as any write to the database.
pub(crate) fn append(
    transaction: &Connection,
    topic: Topic,
    records: &[Record],
    received_at: Timestamp,
) -> Result<Positions> {
    write(transaction, topic, &body::encode(records)?, received_at)
}

/// [`append`] of what was encoded before.
pub(super) fn write(
    transaction: &Connection,
    topic: Topic,
    bodies: &[Body],
    received_at: Timestamp,
) -> Result<Positions> {
    let end = end(transaction, topic).map_err(|error| failure(OP, error))?;
    let mut positions = Positions::default();
    if bodies.is_empty() {
        if let Some(end) = end {
            positions.advance(topic, PARTITION, offset(topic, end.next)?);
        }
        return Ok(positions);
    }
    let mut next = end.map_or(0, |end| end.next);
    let received_at = end.map_or(received_at.micros(), |end| end.received_at.max(received_at.micros()));
    let mut insert = || -> rusqlite::Result<()> {
        for body in bodies {
            transaction
                .prepare_cached(
                    "insert into log_frames (topic, first_offset, records, received_at, body) values (?, ?, ?, ?, ?)",
                )?
                .execute(params![topic.name(), next, body.records, received_at, body.bytes])?;
            next += i64::from(body.records);
        }
        transaction
            .prepare_cached(
                "insert or replace into log_ends (topic, next_offset, received_at) values (?, ?, ?)",
            )?
            .execute(params![topic.name(), next, received_at])?;
        Ok(())
    };
    insert().map_err(|error| failure(OP, error))?;
    positions.advance(topic, PARTITION, offset(topic, next)?);
    Ok(positions)
}

#[derive(Clone, Copy)]
struct End {
    next: i64,
    received_at: i64,
}

fn end(connection: &Connection, topic: Topic) -> rusqlite::Result<Option<End>> {
    connection
        .prepare_cached("select next_offset, received_at from log_ends where topic = ?")?
        .query_row([topic.name()], |row| Ok(End { next: row.get(0)?, received_at: row.get(1)? }))
        .optional()
}

/// The end of every topic that ever held anything in this file.
pub(super) fn ends(connection: &Connection) -> Result<Positions> {
    positions(connection, "log.ends", "select topic, next_offset from log_ends")
}

/// The oldest record still there of every topic that ever held anything in this file; the end where none is left.
pub(super) fn starts(connection: &Connection) -> Result<Positions> {
    positions(connection, "log.starts", include_str!("starts.sql"))
}

/// Positions of a question that gives topic and offset.
fn positions(connection: &Connection, op: &'static str, question: &str) -> Result<Positions> {
    let rows = || -> rusqlite::Result<Vec<(String, i64)>> {
        connection.prepare_cached(question)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let mut positions = Positions::default();
    for (topic, next) in rows().map_err(|error| failure(op, error))? {
        let topic = named(op, &topic)?;
        positions.advance(topic, PARTITION, offset(topic, next)?);
    }
    Ok(positions)
}

/// The topic that a row names.
pub(super) fn named(op: &'static str, name: &str) -> Result<Topic> {
    Topic::named(name).ok_or_else(|| {
        Error::new(Kind::Corrupt, op, format!("the database names a topic {name:?} that is none"))
    })
}

/// An offset as the port knows it.
pub(super) fn offset(topic: Topic, column: i64) -> Result<u64> {
    u64::try_from(column).map_err(|_| {
        Error::new(Kind::Corrupt, "log.read", format!("{} has an offset below zero", topic.name()))
    })
}

/// An offset as the database keeps it: beyond what it can hold, the highest it can.
pub(super) fn column(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

/// The place of an offset.
pub(super) const fn place(topic: Topic, offset: u64) -> Place {
    Place { topic, partition: PARTITION, offset }
}
