//! Dropping what is old and held by every reader.
//!
//! The pages of dropped frames stay in the file and are written again: a log in its steady state has a file of a
//! steady size. Giving them back to the system (`auto_vacuum`) was refused: it costs a map page beside every change of
//! the file's shape and moves pages that the next minute's appends would fill anyway. Whoever wants a small file after
//! a large import stops the service and runs `vacuum`.

use nova_core::error::Result;
use nova_core::model::Timestamp;
use rusqlite::{Connection, params};

use super::frame;
use crate::log::Topic;
use crate::sqlite::failure;

/// Frames of one call, for each file.
pub(super) const CALL_FRAMES_MAX: usize = 10_000;
/// Frames of one transaction: appends wait behind it, and each frame's pages are read to be freed.
pub(super) const STEP_FRAMES_MAX: usize = 250;

/// What one transaction dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) frames: usize,
    pub(super) records: u64,
}

/// Drops the oldest frames of a topic, as long as they were received before `before` and lie wholly below `held`.
pub(super) fn step(transaction: &Connection, topic: Topic, held: u64, before: Timestamp) -> Result<Dropped> {
    drop_frames(transaction, topic, frame::column(held), before.micros())
        .map_err(|error| failure("log.trim", error))
}

fn drop_frames(transaction: &Connection, topic: Topic, held: i64, before: i64) -> rusqlite::Result<Dropped> {
    let mut dropped = Dropped::default();
    let mut last = None;
    // in the order of offsets, ending at the first that stays: times and offsets rise together
    let mut oldest = transaction.prepare_cached(
        "select first_offset, records, received_at from log_frames where topic = ? order by first_offset limit ?",
    )?;
    let mut rows = oldest.query(params![topic.name(), STEP_FRAMES_MAX as i64])?;
    while let Some(row) = rows.next()? {
        let (first, records, received_at): (i64, u32, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if first.saturating_add(i64::from(records)) > held || received_at >= before {
            break;
        }
        last = Some(first);
        dropped.frames += 1;
        dropped.records += u64::from(records);
    }
    if let Some(last) = last {
        transaction
            .prepare_cached("delete from log_frames where topic = ? and first_offset <= ?")?
            .execute(params![topic.name(), last])?;
    }
    Ok(dropped)
}
