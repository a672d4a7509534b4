//! The first offset of every identity that left, by event time, for ever.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

use super::Layout;
use super::pages::{self, Kept, Pages};
use super::question::{ByTime, Told};

/// Seconds of event time that a group is about: few enough that those of a flush are in several, many enough that each
/// of them fills pages.
const SLOT_SECONDS: u32 = 64;
/// The most rows one call of [`prune`] drops, and of groups.
const PRUNE_ROWS_MAX: u32 = 100_000;
const PRUNE_GROUPS_MAX: u32 = 16;

/// A part of the entries of one slot: those that left together.
struct Group {
    slot: u32,
    pages: Pages,
    entries: u64,
}

const fn slot(second: u32) -> u32 {
    second / SLOT_SECONDS
}

/// Keeps entries by their event times; of an identity that is there already the first offset stays.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    entries: &mut [Kept],
    layout: Layout,
) -> rusqlite::Result<()> {
    entries.sort_unstable_by_key(|kept| (slot(kept.at), kept.print, kept.offset));
    let mut rows: Vec<Kept> = Vec::new();
    for group in entries.chunk_by(|a, b| slot(a.at) == slot(b.at)) {
        let Some(first) = group.first() else { continue };
        let slot = slot(first.at);
        if group.len() < layout.group_entries_min || groups(transaction, slot)?.len() >= layout.groups_max {
            rows.extend_from_slice(group);
            continue;
        }
        let pages = pages::write(transaction, group, layout.page_entries)?;
        transaction
            .prepare_cached(
                "insert into seen_group (slot, first_page, pages, entries) values (?1, ?2, ?3, ?4)",
            )?
            .execute((slot, pages.first.cast_signed(), pages.count, group.len() as i64))?;
    }
    // in the order of the tree
    rows.sort_unstable_by_key(|kept| (kept.at, kept.print, kept.offset));
    let mut insert = transaction
        .prepare_cached("insert or ignore into seen (second, print, first_offset) values (?1, ?2, ?3)")?;
    for kept in rows {
        insert.execute((kept.at, kept.print.bytes(), kept.offset.cast_signed()))?;
    }
    Ok(())
}

/// Answers for each question the first offset with the same event time.
pub(super) fn tell(
    transaction: &Transaction<'_>,
    questions: &mut [ByTime],
    told: &mut [Told],
) -> rusqlite::Result<()> {
    let mut select =
        transaction.prepare_cached("select first_offset from seen where second = ?1 and print = ?2")?;
    // neighbours share groups and pages
    questions.sort_unstable_by_key(|it| (it.second, it.print));
    for asked in questions.chunk_by(|a, b| slot(a.second) == slot(b.second)) {
        let Some(first) = asked.first() else { continue };
        let groups = groups(transaction, slot(first.second))?;
        for question in asked {
            let row: Option<i64> =
                select.query_row((question.second, question.print.bytes()), |row| row.get(0)).optional()?;
            let mut first = row.map(i64::cast_unsigned);
            for group in &groups {
                pages::read(transaction, group.pages.of(question.print), |kept| {
                    if kept.print == question.print && kept.at == question.second {
                        first = Some(first.map_or(kept.offset, |before| before.min(kept.offset)));
                    }
                })?;
            }
            told[question.of].first = first;
        }
    }
    Ok(())
}

/// An event time that none is newer than, in seconds.
pub(super) fn newest(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    let row: Option<u32> = connection.query_row("select max(second) from seen", [], |row| row.get(0))?;
    let slot: Option<u32> = connection.query_row("select max(slot) from seen_group", [], |row| row.get(0))?;
    Ok(row.max(slot.map(|slot| slot.saturating_mul(SLOT_SECONDS).saturating_add(SLOT_SECONDS - 1))))
}

pub(super) fn len(connection: &Connection) -> rusqlite::Result<u64> {
    let rows: i64 = connection.query_row("select count(*) from seen", [], |row| row.get(0))?;
    let grouped: i64 =
        connection.query_row("select coalesce(sum(entries), 0) from seen_group", [], |row| row.get(0))?;
    Ok((rows + grouped).cast_unsigned())
}

/// Drops entries of events older than `second`: rows, the oldest first, or groups of which none is as new. Gives how
/// many.
pub(super) fn prune(transaction: &Transaction<'_>, second: u32) -> rusqlite::Result<usize> {
    let rows = "delete from seen where (second, print) in \
                (select second, print from seen where second < ?1 order by second, print limit ?2)";
    let mut dropped = transaction.execute(rows, (second, PRUNE_ROWS_MAX))?;
    let old: Vec<Group> = transaction
        .prepare_cached(
            "select slot, first_page, pages, entries from seen_group where slot < ?1 order by slot limit ?2",
        )?
        .query_map((slot(second), PRUNE_GROUPS_MAX), group)?
        .collect::<rusqlite::Result<_>>()?;
    for Group { slot, pages, entries } in old {
        pages::delete(transaction, pages)?;
        transaction
            .prepare_cached("delete from seen_group where slot = ?1 and first_page = ?2")?
            .execute((slot, pages.first.cast_signed()))?;
        dropped = dropped.saturating_add(usize::try_from(entries).unwrap_or(usize::MAX));
    }
    Ok(dropped)
}

fn groups(transaction: &Transaction<'_>, slot: u32) -> rusqlite::Result<Vec<Group>> {
    transaction
        .prepare_cached("select slot, first_page, pages, entries from seen_group where slot = ?1")?
        .query_map([slot], group)?
        .collect()
}

fn group(row: &rusqlite::Row<'_>) -> rusqlite::Result<Group> {
    let (first, entries): (i64, i64) = (row.get(1)?, row.get(3)?);
    let pages = Pages { first: first.cast_unsigned(), count: row.get(2)? };
    Ok(Group { slot: row.get(0)?, pages, entries: entries.cast_unsigned() })
}
