//! Many entries at once: in the order of their fingerprints, on pages that each have an equal range of them.
//!
//! Fingerprints are as good as random, so that a page is found by arithmetic and all are about equally full. An entry is
//! 28 bytes, little-endian but for the fingerprint: fingerprint:16 offset:u64 at:u32.

use rusqlite::Transaction;

use crate::store::memory::dedup::fingerprint::Fingerprint;

const ENTRY_BYTES: usize = 28;
/// Entries of a page on average: 3,360 of the 4,061 bytes that fit on one of SQLite's. One page in eighty has too many
/// and takes a second one of SQLite's.
pub(super) const PAGE_ENTRIES: usize = 120;

/// An entry as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::memory::dedup) struct Kept {
    pub(in crate::store::memory::dedup) print: Fingerprint,
    pub(in crate::store::memory::dedup) offset: u64,
    /// Of the event's own time in `seen`, of its receipt in `recent`. Seconds since 1970.
    pub(in crate::store::memory::dedup) at: u32,
}

/// Where entries are: on so many pages from the first on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::memory::dedup) struct Pages {
    pub(in crate::store::memory::dedup) first: u64,
    pub(in crate::store::memory::dedup) count: u32,
}

impl Pages {
    /// The page on which this fingerprint is, if it is on any of them.
    pub(in crate::store::memory::dedup) fn of(self, print: Fingerprint) -> u64 {
        self.first.saturating_add(u64::from(print.range(self.count)))
    }
}

/// Writes entries that are in the order of their fingerprints.
pub(super) fn write(
    transaction: &Transaction<'_>,
    entries: &[Kept],
    page_entries: usize,
) -> rusqlite::Result<Pages> {
    let last: Option<i64> = transaction.query_row("select max(id) from page", [], |row| row.get(0))?;
    let first = last.map_or(0, |last| last + 1).cast_unsigned();
    let pages = Pages { first, count: entries.len().div_ceil(page_entries) as u32 };
    let mut insert = transaction.prepare_cached("insert into page (id, entries) values (?1, ?2)")?;
    let (mut rest, mut bytes) = (entries, Vec::new());
    for number in 0..pages.count {
        let here = rest.iter().take_while(|kept| kept.print.range(pages.count) <= number).count();
        let (page, after) = rest.split_at(here);
        bytes.clear();
        for kept in page {
            bytes.extend_from_slice(&kept.print.bytes());
            bytes.extend_from_slice(&kept.offset.to_le_bytes());
            bytes.extend_from_slice(&kept.at.to_le_bytes());
        }
        // without any as well: then none is missing
        insert.execute((first.cast_signed() + i64::from(number), &bytes))?;
        rest = after;
    }
    Ok(pages)
}

/// Reads a page.
///
/// # Errors
/// Also when it is not there: each that is referred to is.
pub(super) fn read(transaction: &Transaction<'_>, page: u64, each: impl FnMut(Kept)) -> rusqlite::Result<()> {
    let mut select = transaction.prepare_cached("select entries from page where id = ?1")?;
    select.query_row([page.cast_signed()], |row| {
        let (entries, _) = row.get_ref(0)?.as_blob()?.as_chunks::<ENTRY_BYTES>();
        entries.iter().filter_map(entry).for_each(each);
        Ok(())
    })
}

/// Drops all of them.
pub(super) fn delete(transaction: &Transaction<'_>, pages: Pages) -> rusqlite::Result<()> {
    let end = pages.first.saturating_add(u64::from(pages.count));
    transaction
        .prepare_cached("delete from page where id >= ?1 and id < ?2")?
        .execute((pages.first.cast_signed(), end.cast_signed()))?;
    Ok(())
}

fn entry(bytes: &[u8; ENTRY_BYTES]) -> Option<Kept> {
    let (print, rest) = bytes.split_first_chunk::<16>()?;
    let (offset, at) = rest.split_first_chunk::<8>()?;
    Some(Kept {
        print: Fingerprint::from_bytes(*print),
        offset: u64::from_le_bytes(*offset),
        at: u32::from_le_bytes(*at.first_chunk()?),
    })
}
