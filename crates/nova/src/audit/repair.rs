//! Mends what can be mended without guessing.
//!
//! A sum gets what it lacks. Where two repairs meet, or an insert is not answered, its token keeps it from counting
//! twice; it follows from the hour and the run. A row that replaces itself is written again. A row of the source is
//! sent again by PostgreSQL, or, where PostgreSQL does not have it, removed at the version at which it stands: whatever
//! the source still sends comes later and holds.
//!
//! Nothing is mended after events that are not whole: a sum made to fit what is left of them would hide what was lost.

use std::collections::{BTreeMap, BTreeSet};

use clickhouse::{RowOwned, RowWrite};
use nova_core::error::Result;
use nova_core::model::{Table, Timestamp};

use super::derived::{self, Derived};
use super::report::Report;
use super::rows::{Key, Rows};
use super::sums::{Figure, Metrics, Totals};
use super::{Audit, Check};
use crate::store::clickhouse::{ClickHouse, within};

const OP: &str = "audit.repair";

/// How one difference is mended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Repair {
    /// Adds to the counts of a post's hour.
    Metrics(Metrics),
    /// Adds to the counts of a post.
    Totals(Totals),
    /// Adds to a daily figure.
    Figure(Figure),
    /// Writes again what a table lacks.
    Derived(&'static Derived),
    /// Lets the source send a row again.
    Touch(Table, Key),
    /// Removes a row that the source does not have.
    Remove(Table, Key),
}

/// What a repair did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Differences that were mended.
    pub made: u64,
    /// Differences that could be mended once `events` is whole.
    pub held_back: u64,
}

/// Repairs, sorted by how they are made.
#[derive(Default)]
struct Sorted<'a> {
    metrics: BTreeMap<u32, Vec<Metrics>>,
    totals: Vec<Totals>,
    figures: Vec<Figure>,
    derived: BTreeSet<&'static str>,
    tables: Vec<&'static Derived>,
    rows: BTreeMap<Table, [Vec<&'a Key>; 2]>,
}

impl Audit {
    /// Mends what a report names, as far as it can be.
    ///
    /// # Errors
    /// As the systems; what was begun may be repeated.
    pub async fn repair(&self, report: &Report) -> Result<Repaired> {
        let whole = report.findings().all(|(check, found)| {
            !matches!(check, Check::Events | Check::Ledger) || found.differences.is_empty()
        });
        let (mut sorted, mut repaired) = (Sorted::default(), Repaired::default());
        for repair in report.differences().filter_map(|difference| difference.repair.as_ref()) {
            match repair {
                Repair::Touch(table, key) => sorted.rows.entry(*table).or_default()[0].push(key),
                Repair::Remove(table, key) => sorted.rows.entry(*table).or_default()[1].push(key),
                _ if !whole => {
                    repaired.held_back += 1;
                    continue;
                }
                Repair::Metrics(row) => sorted.metrics.entry(row.hour()).or_default().push(*row),
                Repair::Totals(row) => sorted.totals.push(*row),
                Repair::Figure(row) => sorted.figures.push(row.clone()),
                Repair::Derived(table) => {
                    if sorted.derived.insert(table.name()) {
                        sorted.tables.push(table);
                    }
                }
            }
            repaired.made += 1;
        }
        self.carry_out(sorted).await?;
        Ok(repaired)
    }

    async fn carry_out(&self, sorted: Sorted<'_>) -> Result<()> {
        let now = self.clock.now();
        let run = now.micros();
        for (hour, rows) in sorted.metrics {
            add(&self.store, "post_metrics_1h", &rows, &format!("fix:{hour}:{run}")).await?;
        }
        add(&self.store, "post_totals", &sorted.totals, &format!("fix:totals:{run}")).await?;
        add(&self.store, "metrics_1d", &sorted.figures, &format!("fix:days:{run}")).await?;
        // rows first: tables made of them follow
        for (table, [touched, removed]) in sorted.rows {
            self.rows().repair(table, &touched, &removed).await?;
        }
        for table in sorted.tables {
            derived::repair(&self.store, table, now).await?;
        }
        Ok(())
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { social: &self.social, store: &self.store, mapping: &self.config.mapping }
    }
}

/// Adds rows to a table of sums, once under each token.
async fn add<T>(store: &ClickHouse, table: &str, rows: &[T], token: &str) -> Result<()>
where
    T: RowOwned + RowWrite + for<'a> clickhouse::Row<Value<'a> = T>,
{
    if rows.is_empty() {
        return Ok(());
    }
    let write = async {
        let client = store.client().clone().with_validation(false);
        let mut insert = client
            .insert::<T>(table)
            .await?
            .with_setting("async_insert", "0")
            .with_setting("insert_deduplicate", "1")
            .with_setting("insert_deduplication_token", token)
            .with_setting("wait_end_of_query", "1");
        for row in rows {
            insert.write(row).await?;
        }
        insert.end().await
    };
    within(OP, store.insert_deadline(), write).await
}

/// Of the beginning of an audit: whole days before it.
pub(super) fn days_before(now: Timestamp, days: u32) -> Timestamp {
    const DAY_MICROS: i64 = 86_400_000_000;
    Timestamp::from_micros((i64::from(now.day()) - i64::from(days)) * DAY_MICROS)
}
