//! The change records of one transaction, on their way into the log.

use nova_core::error::Result;
use nova_core::model::{Table, Timestamp};
use rusqlite::Connection;

use super::envelope::{Envelopes, Op, Recorded, Source};
use crate::log::sqlite::frame;
use crate::log::{Positions, Record, Topic};

/// Collects what a transaction changed, numbered; [`Changes::append`] puts it into the log inside the same
/// transaction, one frame a topic.
///
/// Numbers rise by one with every change of any row and are never given twice: the last one is kept in the tables,
/// under the same lock as the rows. Times never decrease from one transaction to the next, whatever the clock does.
#[derive(Debug)]
pub(super) struct Changes {
    last: Source,
    envelopes: [Envelopes; Table::ALL.len()],
    any: bool,
}

impl Changes {
    /// Goes on after the last transaction. `now` is the time of commit of everything in this one.
    pub(super) fn begin(connection: &Connection, now: Timestamp) -> rusqlite::Result<Self> {
        let (lsn, committed) = connection
            .prepare_cached("select lsn, committed_us from change_sequence")?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        let last = Source {
            lsn: u64::try_from(lsn).unwrap_or(0),
            committed_at: now.max(Timestamp::from_micros(committed)),
        };
        Ok(Self { last, envelopes: Default::default(), any: false })
    }

    /// Adds one change of one row.
    pub(super) fn push<R: Recorded>(&mut self, op: Op<'_, R>) {
        let row = match op {
            Op::Created(row) | Op::Deleted(row) | Op::Read(row) | Op::Updated { after: row, .. } => row,
        };
        self.last.lsn += 1;
        self.any = true;
        self.envelopes[row.table() as usize].push(op, self.last);
    }

    /// Keeps the last number and writes the records; gives where they end, `None` when nothing changed.
    pub(super) fn append(self, op: &'static str, connection: &Connection) -> Result<Option<Positions>> {
        if !self.any {
            return Ok(None);
        }
        let Source { lsn, committed_at } = self.last;
        connection
            .prepare_cached("update change_sequence set lsn = ?1, committed_us = ?2")
            .and_then(|mut save| {
                save.execute((i64::try_from(lsn).unwrap_or(i64::MAX), committed_at.micros()))
            })
            .map_err(|error| crate::sqlite::failure(op, error))?;
        let mut positions = Positions::default();
        for (topic, records) in self.into_records() {
            positions.advance_all(&frame::append(connection, topic, &records, committed_at)?);
        }
        Ok(Some(positions))
    }

    /// The records of each topic that has any.
    pub(super) fn into_records(self) -> impl Iterator<Item = (Topic, Vec<Record>)> {
        Table::ALL
            .into_iter()
            .zip(self.envelopes)
            .map(|(table, envelopes)| (Topic::Change(table), envelopes.into_records()))
            .filter(|(_, records)| !records.is_empty())
    }
}
