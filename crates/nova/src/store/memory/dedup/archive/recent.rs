//! What left early, by its receipt: a run for each flush, until the hour and two snapshots are over.

use rusqlite::{Connection, Transaction};

use super::Layout;
use super::pages::{self, Kept, Pages};
use super::question::{ByReceipt, Told};

/// Outdated runs that a flush drops at most: more than the one it writes, or they would pile up.
const OUTDATED_RUNS_MAX: u32 = 2;

/// What left a partition early and together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::memory::dedup) struct Run {
    pub(in crate::store::memory::dedup) number: u64,
    pub(in crate::store::memory::dedup) pages: Pages,
    pub(in crate::store::memory::dedup) entries: u64,
    /// The smallest offset.
    pub(in crate::store::memory::dedup) first_offset: u64,
    /// The newest event time and the latest receipt. Seconds since 1970.
    pub(in crate::store::memory::dedup) newest: u32,
    pub(in crate::store::memory::dedup) received: u32,
}

/// Writes a run of entries with their receipts; `newest` is the newest of their event times.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    partition: u16,
    entries: &mut [Kept],
    newest: u32,
    layout: Layout,
) -> rusqlite::Result<Run> {
    entries.sort_unstable_by_key(|kept| (kept.print, kept.offset));
    let pages = pages::write(transaction, entries, layout.page_entries)?;
    let first_offset = entries.iter().map(|kept| kept.offset).min().unwrap_or(0);
    let received = entries.iter().map(|kept| kept.at).max().unwrap_or(0);
    let count = entries.len() as u64;
    transaction
        .prepare_cached(
            "insert into recent (partition, first_page, pages, entries, first_offset, newest, received) \
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((
            partition,
            pages.first.cast_signed(),
            pages.count,
            count.cast_signed(),
            first_offset.cast_signed(),
            newest,
            received,
        ))?;
    let number = transaction.last_insert_rowid().cast_unsigned();
    Ok(Run { number, pages, entries: count, first_offset, newest, received })
}

/// Drops some of the runs of which everything was received before `outdated`, the oldest first.
pub(super) fn drop_outdated(
    transaction: &Transaction<'_>,
    partition: u16,
    outdated: u32,
) -> rusqlite::Result<()> {
    let old: Vec<Run> = transaction
        .prepare_cached(
            "select run, first_page, pages, entries, first_offset, newest, received from recent \
             where partition = ?1 and received < ?2 order by received limit ?3",
        )?
        .query_map((partition, outdated, OUTDATED_RUNS_MAX), run)?
        .collect::<rusqlite::Result<_>>()?;
    for run in old {
        pages::delete(transaction, run.pages)?;
        transaction
            .prepare_cached("delete from recent where run = ?1")?
            .execute([run.number.cast_signed()])?;
    }
    Ok(())
}

/// Answers for each event the latest receipt of a copy at a smaller offset.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    questions: &mut [ByReceipt],
    told: &mut [Told],
) -> rusqlite::Result<()> {
    questions.sort_unstable_by_key(|it| it.page);
    for question in questions {
        let received = &mut told[question.of].received;
        pages::read(transaction, question.page, |kept| {
            if kept.print == question.print && kept.offset < question.offset {
                *received = (*received).max(Some(kept.at));
            }
        })?;
    }
    Ok(())
}

/// All runs, by receipt, oldest first, each with its partition.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<(u16, Run)>> {
    connection
        .prepare(
            "select run, first_page, pages, entries, first_offset, newest, received, partition from recent \
             order by received, run",
        )?
        .query_map([], |row| Ok((row.get(7)?, run(row)?)))?
        .collect()
}

fn run(row: &rusqlite::Row<'_>) -> rusqlite::Result<Run> {
    let unsigned = |column| row.get(column).map(i64::cast_unsigned);
    Ok(Run {
        number: unsigned(0)?,
        pages: Pages { first: unsigned(1)?, count: row.get(2)? },
        entries: unsigned(3)?,
        first_offset: unsigned(4)?,
        newest: row.get(5)?,
        received: row.get(6)?,
    })
}
