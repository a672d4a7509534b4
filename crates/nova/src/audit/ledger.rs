//! The ledger read page by page; what it says held against the rows of `events` and against dead letters.

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::{EventId, Timestamp, UserId};
use serde::Deserialize;

use super::report::{Findings, HELD_MAX};
use super::sums::{SLICE_ROWS, size};
use super::tiles::{Fault, Tile, Tiling};
use super::{Check, Difference};
use crate::store::clickhouse::ClickHouse;

const OP: &str = "audit.ledger";
/// Ranges of one page: half a day of a partition that closes one a second.
const PAGE: usize = 50_000;
/// Letters of one page of ranges that are looked at; beyond them the stop rule has long halted the partition.
const LETTERS_MAX: usize = 1_000_000;

const RESTORE: &str =
    "the rows are lost from the store: restore them from a backup, or from the log while it has them";

/// A partition of `events` in one epoch, as the ledger and the rows know it.
#[derive(Debug, Clone, Copy, Row, Deserialize)]
pub(super) struct Partition {
    pub(super) k_epoch: u32,
    pub(super) k_partition: u16,
    pub(super) ranges: u64,
    pub(super) ledger_first: u64,
    pub(super) ledger_end: u64,
    held: u64,
    first: u64,
    last: u64,
}

#[derive(Debug, Clone, Copy, Row, Deserialize)]
struct Range {
    first_offset: u64,
    last_offset: u64,
    records: u64,
    kept: u64,
    duplicates: u64,
    buried: u64,
    skipped: u64,
    sealed_at: i64,
}

#[derive(Debug, Row, Deserialize)]
struct Held {
    first_offset: u64,
    last_offset: u64,
    more: i64,
    stray: u64,
}

#[derive(Debug, Row, Deserialize)]
struct Copied {
    user_id: u128,
    event_id: u128,
    copies: u64,
    day: String,
}

#[derive(Debug, Row, Deserialize)]
struct Lettered {
    offset: u64,
}

/// What both sides still keep.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// The events of ranges that were closed since are all there.
    pub(super) events: Timestamp,
    /// So are their letters.
    pub(super) letters: Timestamp,
}

/// Every partition that the ledger or the rows know. Rows of epoch 0 were imported and have no ledger.
pub(super) async fn partitions(store: &ClickHouse) -> Result<Vec<Partition>> {
    let found: Vec<Partition> = store.rows(OP, store.query(include_str!("sql/partitions.sql"))).await?;
    Ok(found.into_iter().filter(|partition| partition.k_epoch > 0).collect())
}

/// One of the three checks that rest on the ledger.
pub(super) async fn check(store: &ClickHouse, check: Check, kept: Kept) -> Result<Findings> {
    let mut found = Findings::default();
    for partition in partitions(store).await? {
        match check {
            Check::Letters => letters(store, partition, kept.letters, &mut found).await?,
            Check::Events => events(store, partition, kept.events, &mut found).await?,
            _ => tiles(store, partition, &mut found).await?,
        }
    }
    if check == Check::Events {
        copies(store, &mut found).await?;
    }
    Ok(found)
}

/// Goes over the pages of a partition's ranges. Ends: each page begins behind the last.
struct Pages<'a> {
    store: &'a ClickHouse,
    partition: Partition,
    after: Option<(u64, u64)>,
    done: bool,
}

impl<'a> Pages<'a> {
    const fn new(store: &'a ClickHouse, partition: Partition) -> Self {
        Self { store, partition, after: None, done: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<Range>>> {
        if self.done {
            return Ok(None);
        }
        // no range is (0, 0) but the very first record alone, which the comparison would pass over
        let sql = include_str!("sql/tiles.sql");
        let sql = if self.after.is_none() { sql.replace(") > (", ") >= (") } else { sql.to_owned() };
        let (first, last) = self.after.unwrap_or((0, 0));
        let query = self
            .store
            .query(&sql)
            .param("epoch", self.partition.k_epoch)
            .param("partition", self.partition.k_partition)
            .param("first", first)
            .param("last", last)
            .param("limit", PAGE);
        let page: Vec<Range> = self.store.rows(OP, query).await?;
        self.done = page.len() < PAGE;
        self.after = page.last().map(|range| (range.first_offset, range.last_offset));
        Ok((!page.is_empty()).then_some(page))
    }
}

fn place(partition: &Partition) -> String {
    format!("events:{} epoch {}", partition.k_partition, partition.k_epoch)
}

async fn tiles(store: &ClickHouse, partition: Partition, found: &mut Findings) -> Result<()> {
    let mut tiling = Tiling::default();
    let mut pages = Pages::new(store, partition);
    while let Some(page) = pages.next().await? {
        found.compared += page.len() as u64;
        for range in page {
            let Range { first_offset: first, last_offset: last, records, .. } = range;
            let Range { kept, duplicates, buried, skipped, .. } = range;
            let tile = Tile { first, last, records, kept, duplicates, buried, skipped };
            for fault in tiling.take(&tile).into_iter().flatten() {
                found.add(told(&partition, fault));
            }
        }
    }
    Ok(())
}

fn told(partition: &Partition, fault: Fault) -> Difference {
    const UNKNOWN: &str =
        "nobody knows what became of these records: compare the log's with events by their identities";
    const TWICE: &str = "two consumers wrote in one partition: check that all run this version; the check `events` says what stands twice";
    let (what, cure) = match fault {
        Fault::Gap { from, to } => (format!("no range has the offsets {from} to {}", to - 1), UNKNOWN),
        Fault::Overlap { from, to } => (format!("two ranges have the offsets {from} to {}", to - 1), TWICE),
        Fault::Backward { first, last } => (format!("the range {first}-{last} lies within others"), TWICE),
        Fault::Inverted { first, last } => {
            (format!("the range {first}-{last} ends before it begins"), "the ledger was written by hand")
        }
        Fault::Unbalanced { first, last } => (
            format!(
                "the records of the range {first}-{last} are not what was kept, copied, buried and skipped"
            ),
            "the ledger was written by hand, or by a consumer that counts wrongly: report it",
        ),
    };
    Difference::new(Check::Ledger, place(partition), what, cure)
}

async fn events(
    store: &ClickHouse,
    partition: Partition,
    since: Timestamp,
    found: &mut Findings,
) -> Result<()> {
    found.compared += partition.held;
    let mut pages = Pages::new(store, partition);
    let mut whole = true;
    while let Some(page) = pages.next().await? {
        // what was closed before may have expired
        let kept: Vec<&Range> = page.iter().filter(|range| range.sealed_at >= since.micros()).collect();
        whole &= kept.len() == page.len();
        let (Some(from), Some(to)) = (kept.first(), kept.last()) else { continue };
        let end = kept.iter().map(|range| range.last_offset).max().unwrap_or(to.last_offset);
        let query = store
            .query(include_str!("sql/held.sql"))
            .param("epoch", partition.k_epoch)
            .param("partition", partition.k_partition)
            .param("from", from.first_offset)
            .param("to", to.first_offset)
            .param("end", end)
            .param("limit", HELD_MAX);
        for held in store.rows::<Held>("audit.events", query).await? {
            let range = format!("{} range {}-{}", place(&partition), held.first_offset, held.last_offset);
            let differs =
                |what, cure: &str| Difference::new(Check::Events, range.clone(), what, cure.to_owned());
            match held.more {
                0 => {}
                ..0 => {
                    found.add(differs(format!("{} events that were kept are missing", -held.more), RESTORE))
                }
                1.. => found.add(differs(
                    format!("{} more events than were kept", held.more),
                    "see which stand twice, and delete the copies",
                )),
            }
            if held.stray > 0 {
                found.add(differs(
                    format!("{} events behind it that no range has", held.stray),
                    "the ledger lacks the range they came with: see the check `ledger`",
                ));
            }
        }
    }
    outside(store, &partition, whole, found).await
}

/// Events before the first range and behind the last one.
async fn outside(store: &ClickHouse, partition: &Partition, whole: bool, found: &mut Findings) -> Result<()> {
    if partition.held == 0 {
        return Ok(());
    }
    let stray = |which: String| {
        Difference::new(
            Check::Events,
            place(partition),
            format!("events {which}, and no range of the ledger has them"),
            "start a consumer: it ends what was begun; what stays was written without the ledger",
        )
    };
    if partition.last >= partition.ledger_end {
        found.add(stray(format!("up to the offset {}", partition.last)));
    }
    let first = Pages::new(store, *partition).next().await?.and_then(|page| page.first().copied());
    if whole && first.is_some_and(|first| partition.first < first.first_offset) {
        found.add(stray(format!("from the offset {} on", partition.first)));
    }
    Ok(())
}

async fn copies(store: &ClickHouse, found: &mut Findings) -> Result<()> {
    let slices = size(store).await?.events.div_ceil(SLICE_ROWS).max(1);
    for slice in 0..slices {
        let query = store.query(include_str!("sql/copies.sql")).param("slices", slices).param("slice", slice);
        for copied in store.rows::<Copied>("audit.events", query.param("limit", HELD_MAX)).await? {
            let Copied { user_id, event_id, copies, day } = copied;
            let (user, event) = (UserId::from_bits(user_id), EventId::from_bits(event_id));
            found.add(Difference::new(
                Check::Events,
                format!("events {day} user {user} event {event}"),
                format!("stands {copies} times too often"),
                "where the copies came with other ranges, the client gave an old id a new time; otherwise delete them by k_offset",
            ));
        }
    }
    Ok(())
}

async fn letters(
    store: &ClickHouse,
    partition: Partition,
    since: Timestamp,
    found: &mut Findings,
) -> Result<()> {
    let mut pages = Pages::new(store, partition);
    while let Some(page) = pages.next().await? {
        let kept: Vec<&Range> =
            page.iter().filter(|range| range.buried > 0 && range.sealed_at >= since.micros()).collect();
        let (Some(first), Some(last)) = (kept.first(), kept.last()) else { continue };
        let query = store
            .query(include_str!("sql/letters.sql"))
            .param("epoch", partition.k_epoch)
            .param("partition", partition.k_partition)
            .param("from", first.first_offset)
            .param("to", last.last_offset)
            .param("limit", LETTERS_MAX);
        let letters: Vec<Lettered> = store.rows("audit.letters", query).await?;
        let mut offsets = letters.iter().map(|letter| letter.offset).peekable();
        for range in kept {
            while offsets.next_if(|offset| *offset < range.first_offset).is_some() {}
            let mut held = 0_u64;
            while offsets.next_if(|offset| *offset <= range.last_offset).is_some() {
                held += 1;
            }
            found.compared += range.buried;
            if held != range.buried {
                let what = if held < range.buried {
                    format!("{} letters that were buried are missing", range.buried - held)
                } else {
                    format!("{} more letters than were buried", held - range.buried)
                };
                found.add(Difference::new(
                    Check::Letters,
                    format!("{} range {}-{}", place(&partition), range.first_offset, range.last_offset),
                    what,
                    "the topic dead_letters has each letter as well, for log.dead_letter_days",
                ));
            }
        }
    }
    Ok(())
}
