//! Dead letters in the events file.

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Home, SqliteLog, expire, frame};
use crate::log::{DeadLetter, DeadLetters, Expired, Place, Reason};
use crate::sqlite::failure;

/// Letters of one list.
const LIST_MAX: usize = 1_000;

#[async_trait]
impl DeadLetters for SqliteLog {
    async fn bury(&self, letters: Vec<DeadLetter>) -> Result<()> {
        self.events
            .submit("dead.bury", move |transaction| letters.iter().try_for_each(|it| bury(transaction, it)))
            .await
    }

    async fn list(&self, limit: usize, before: Option<Place>) -> Result<Vec<DeadLetter>> {
        let limit = limit.clamp(1, LIST_MAX);
        self.ask("dead.list", Home::Events, move |connection| list(connection, limit, before)).await
    }

    async fn show(&self, place: Place) -> Result<DeadLetter> {
        self.ask("dead.show", Home::Events, move |connection| show(connection, "dead.show", place)).await
    }

    /// A letter of `events` lies in the file of its topic: one transaction. A change's topic lies in the other file,
    /// and SQLite's write-ahead log keeps no promise over two files: there the record is appended first, so that a
    /// crash in between leaves a letter that waits still. Put back again, the record stands twice in the log, which
    /// the versions of changes make harmless; it is never lost.
    async fn requeue(&self, place: Place, now: Timestamp) -> Result<()> {
        const OP: &str = "dead.requeue";
        if Home::of(place.topic) == Home::Social {
            let letter = self.show(place).await?;
            self.append_at(place.topic, vec![letter.record()], now).await?;
            return self.events.submit(OP, move |transaction| mark(transaction, OP, place, now)).await;
        }
        let requeued = self.events.submit(OP, move |transaction| {
            let letter = show(transaction, OP, place)?;
            frame::append(transaction, place.topic, &[letter.record()], now)?;
            mark(transaction, OP, place, now)
        });
        requeued.await
    }

    async fn discard(&self, place: Place) -> Result<()> {
        const OP: &str = "dead.discard";
        let discarded = self.events.submit(OP, move |transaction| {
            let gone = transaction
                .prepare_cached("delete from dead_letters where topic = ? and at_offset = ?")
                .and_then(|mut it| it.execute(key(place)))
                .map_err(|error| failure(OP, error))?;
            if gone == 0 { Err(missing(OP, place)) } else { Ok(()) }
        });
        discarded.await
    }

    async fn expire(&self, before: Timestamp, keep: u64) -> Result<Expired> {
        let mut all = Expired::default();
        while all.aged + all.crowded < expire::CALL_LETTERS_MAX {
            let step = self.events.submit("dead.expire", move |it| expire::step(it, before, keep)).await?;
            if step == Expired::default() {
                break;
            }
            all.aged += step.aged;
            all.crowded += step.crowded;
            all.waiting += step.waiting;
        }
        Ok(all)
    }

    async fn waiting(&self) -> Result<u64> {
        self.ask("dead.waiting", Home::Events, |connection| {
            connection
                .prepare_cached("select count(*) from dead_letters where requeued_at is null")
                .and_then(|mut it| it.query_row([], |row| row.get::<_, i64>(0)))
                .map(i64::unsigned_abs)
                .map_err(|error| failure("dead.waiting", error))
        })
        .await
    }
}

fn key(place: Place) -> (&'static str, i64) {
    (place.topic.name(), frame::column(place.offset))
}

fn missing(op: &'static str, place: Place) -> Error {
    Error::new(Kind::NotFound, op, format!("there is no dead letter {}", DeadLetter::id(place)))
}

fn bury(transaction: &Connection, letter: &DeadLetter) -> Result<()> {
    let insert = || {
        let (topic, offset) = key(letter.place);
        transaction.prepare_cached(include_str!("bury.sql"))?.execute(params![
            topic,
            offset,
            letter.reason.name(),
            letter.detail,
            letter.key.as_ref(),
            letter.value.as_deref(),
            letter.received_at.micros(),
            letter.buried_at.micros(),
            letter.requeued_at.map(Timestamp::micros),
        ])
    };
    insert().map(drop).map_err(|error| failure("dead.bury", error))
}

fn list(connection: &Connection, limit: usize, before: Option<Place>) -> Result<Vec<DeadLetter>> {
    const OP: &str = "dead.list";
    let before_seq = before.map_or(Ok(i64::MAX), |place| {
        connection
            .prepare_cached("select seq from dead_letters where topic = ? and at_offset = ?")
            .and_then(|mut it| it.query_row(key(place), |row| row.get(0)).optional())
            .map_err(|error| failure(OP, error))?
            .ok_or_else(|| missing(OP, place))
    })?;
    let rows = || -> rusqlite::Result<Vec<_>> {
        let mut statement = connection.prepare_cached(include_str!("list.sql"))?;
        statement.query_map(params![before_seq, limit as i64], letter)?.collect()
    };
    rows().map_err(|error| failure(OP, error))?.into_iter().collect()
}

fn show(connection: &Connection, op: &'static str, place: Place) -> Result<DeadLetter> {
    connection
        .prepare_cached(include_str!("show.sql"))
        .and_then(|mut it| it.query_row(key(place), letter).optional())
        .map_err(|error| failure(op, error))?
        .ok_or_else(|| missing(op, place))?
}

fn mark(transaction: &Connection, op: &'static str, place: Place, now: Timestamp) -> Result<()> {
    let (topic, offset) = key(place);
    let marked = transaction
        .prepare_cached("update dead_letters set requeued_at = ? where topic = ? and at_offset = ?")
        .and_then(|mut it| it.execute(params![now.micros(), topic, offset]))
        .map_err(|error| failure(op, error))?;
    if marked == 0 { Err(missing(op, place)) } else { Ok(()) }
}

/// A row of `list.sql` and `show.sql`: the outer result is SQLite's, the inner says whether its words are known.
fn letter(row: &Row<'_>) -> rusqlite::Result<Result<DeadLetter>> {
    let (topic, offset, reason): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (detail, key, value): (String, Vec<u8>, Option<Vec<u8>>) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let (received_at, buried_at, requeued_at): (_, _, Option<_>) = (row.get(6)?, row.get(7)?, row.get(8)?);
    Ok((|| {
        let topic = frame::named("dead.list", &topic)?;
        let reason = Reason::named(&reason).ok_or_else(|| {
            Error::new(Kind::Corrupt, "dead.list", format!("a dead letter has the unknown reason {reason:?}"))
        })?;
        Ok(DeadLetter {
            place: frame::place(topic, frame::offset(topic, offset)?),
            reason,
            detail,
            key: Bytes::from(key),
            value: value.map(Bytes::from),
            headers: Vec::new(),
            received_at: Timestamp::from_micros(received_at),
            buried_at: Timestamp::from_micros(buried_at),
            requeued_at: requeued_at.map(Timestamp::from_micros),
        })
    })())
}
