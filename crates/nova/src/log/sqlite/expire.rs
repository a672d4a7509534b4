//! Dead letters that have lain too long, or lie too many.

use nova_core::error::Result;
use nova_core::model::Timestamp;
use rusqlite::{Connection, params};

use crate::log::Expired;
use crate::sqlite::failure;

/// Letters of one transaction: appends of events wait behind it.
pub(super) const STEP_LETTERS_MAX: u64 = 1_000;
/// Letters of one call: about a second. What is left goes with the next.
pub(super) const CALL_LETTERS_MAX: u64 = 100_000;

const AGED: &str = "delete from dead_letters where seq in
    (select seq from dead_letters where buried_at < ?1 order by buried_at limit ?2)
    returning requeued_at is null";
const PUT_BACK: &str = "delete from dead_letters where seq in
    (select seq from dead_letters where requeued_at is not null order by seq limit ?1)
    returning requeued_at is null";
const OLDEST: &str = "delete from dead_letters where seq in
    (select seq from dead_letters order by seq limit ?1)
    returning requeued_at is null";

/// Drops some of those put aside before `before`; where there are none, some of those that are more than `keep`, first
/// what was put back, then the oldest. Nothing dropped: there was nothing to drop.
pub(super) fn step(transaction: &Connection, before: Timestamp, keep: u64) -> Result<Expired> {
    drop_some(transaction, before, keep).map_err(|error| failure("dead.expire", error))
}

fn drop_some(transaction: &Connection, before: Timestamp, keep: u64) -> rusqlite::Result<Expired> {
    let mut dropped = Expired::default();
    let mut count = |waited: rusqlite::Result<bool>| -> rusqlite::Result<u64> {
        dropped.waiting += u64::from(waited?);
        Ok(1)
    };
    let mut delete = |sql: &str, given: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<u64> {
        transaction.prepare_cached(sql)?.query_map(given, |row| row.get(0))?.map(&mut count).sum()
    };
    let step = STEP_LETTERS_MAX.cast_signed();
    let aged = delete(AGED, params![before.micros(), step])?;
    let mut crowded = 0;
    if aged == 0 {
        let held: i64 = transaction
            .prepare_cached("select count(*) from dead_letters")?
            .query_row([], |row| row.get(0))?;
        let more = held.unsigned_abs().saturating_sub(keep).min(STEP_LETTERS_MAX).cast_signed();
        crowded = if more > 0 { delete(PUT_BACK, params![more])? } else { 0 };
        if more > 0 && crowded == 0 {
            crowded = delete(OLDEST, params![more])?;
        }
    }
    Ok(Expired { aged, crowded, ..dropped })
}
