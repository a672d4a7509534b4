//! The rows of the source's tables, as the store keeps them, held against PostgreSQL.
//!
//! ```text
//!   PostgreSQL   page of 20,000 by key: count, sum of hashes, last key
//!   ClickHouse   the same range of keys: count, sum of hashes           equal: next page
//!                both, row by row                                       not: the keys that differ
//! ```
//!
//! The hash is the first half of the MD5 of a line that both write alike; the sum does not hang on an order.

mod compare;
mod shape;
mod sides;

use nova_core::error::{Error, Kind, Result};
use nova_core::model::{Id, Table};

use self::compare::{Wrong, differing};
use self::shape::{Shape, kept_table};
use self::sides::Range;
use super::report::{Findings, HELD_MAX};
use super::{Check, Difference, Repair};
use crate::ingest::change::Mapping;
use crate::social::PostgresSocial;
use crate::store::clickhouse::ClickHouse;

const OP: &str = "audit.rows";
/// Keys that are mended with one statement.
const MENDED_MAX: usize = 1_000;

/// A row's key: one id, or two.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(super) Vec<u128>);

impl Key {
    /// As both sides write it: 32 digits for each id.
    fn parse(text: &str) -> Result<Self> {
        let ids: Option<Vec<u128>> = text.split(' ').map(|id| u128::from_str_radix(id, 16).ok()).collect();
        ids.map(Self).ok_or_else(|| Error::new(Kind::Corrupt, OP, format!("\"{text}\" is no key")))
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, id) in self.0.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            write!(f, "{gap}{}", Id::from_bits(*id))?;
        }
        Ok(())
    }
}

/// Where the rows come from and where they are kept.
pub(super) struct Rows<'a> {
    pub(super) social: &'a PostgresSocial,
    pub(super) store: &'a ClickHouse,
    pub(super) mapping: &'a Mapping,
}

impl Rows<'_> {
    /// Compares every table.
    pub(super) async fn check(&self) -> Result<Findings> {
        let mut found = Findings::default();
        for table in Table::ALL {
            match self.shape(table).await? {
                Ok(shape) => self.table(&shape, &mut found).await?,
                // a product need not have every table
                Err(_) if self.is_empty(table).await? => {}
                Err(why) => {
                    let name = self.mapping.of(table).table();
                    found.add(Difference::new(
                        Check::Rows,
                        table.name(),
                        format!("cannot be compared with the table {name} of PostgreSQL: {why}"),
                        "social.url must lead to the database that the connector reads, by the names of [change.tables]",
                    ));
                }
            }
        }
        Ok(found)
    }

    async fn table(&self, shape: &Shape, found: &mut Findings) -> Result<()> {
        let mut range = Range::all();
        // ends: each page begins behind the last
        loop {
            let page = self.page(shape, &range).await?;
            found.compared += page.n;
            let covered = match &page.last {
                Some(last) if page.is_full() => range.upto(Key::parse(last)?),
                _ => range.clone(),
            };
            if self.kept(shape, &covered).await? != (page.n, page.sum.clone()) {
                let source = self.lines(shape, &covered).await?;
                let kept = self.kept_lines(shape, &covered).await?;
                for (key, wrong) in differing(&source, &kept) {
                    found.add(told(shape.table, Key::parse(&key)?, wrong));
                }
            }
            match covered.behind() {
                Some(next) if page.is_full() && found.differences.len() < HELD_MAX => range = next,
                _ => break,
            }
        }
        self.versions(shape, found).await
    }

    /// A version that the source has not reached yet would win over everything that it still writes.
    async fn versions(&self, shape: &Shape, found: &mut Findings) -> Result<()> {
        let sql = include_str!("sql/newest.sql").replace("/* table */", &kept_table(shape.table));
        let newest: u64 = self.store.row(OP, self.store.query(&sql)).await?;
        let reached = self.reached().await?;
        let limit = u64::from(self.mapping.epoch) << 56 | reached;
        if newest > limit {
            found.add(Difference::new(
                Check::Rows,
                shape.table.name(),
                format!("a row has the version {newest}, which PostgreSQL has not reached"),
                "PostgreSQL was restored or is another one: raise change.epoch and take a new snapshot",
            ));
        }
        Ok(())
    }

    /// Makes the store what the source is, key by key: what the source has it sends again; what it does not have is
    /// removed. Gives the number of rows.
    pub(super) async fn repair(&self, table: Table, touched: &[&Key], removed: &[&Key]) -> Result<u64> {
        let Ok(shape) = self.shape(table).await? else { return Ok(0) };
        let mut count = 0;
        for keys in touched.chunks(MENDED_MAX) {
            count += self.touch(&shape, keys).await?;
        }
        for keys in removed.chunks(MENDED_MAX) {
            self.remove(&shape, keys).await?;
            count += keys.len() as u64;
        }
        Ok(count)
    }
}

fn told(table: Table, key: Key, wrong: Wrong) -> Difference {
    let (what, cure, repair) = match wrong {
        Wrong::Missing => (
            "PostgreSQL has it, the store does not",
            "nova audit --repair lets PostgreSQL send it again",
            Repair::Touch(table, key.clone()),
        ),
        Wrong::Other => (
            "PostgreSQL has it otherwise than the store",
            "nova audit --repair lets PostgreSQL send it again",
            Repair::Touch(table, key.clone()),
        ),
        Wrong::Extra => (
            "the store has it, PostgreSQL does not",
            "nova audit --repair removes it",
            Repair::Remove(table, key.clone()),
        ),
    };
    Difference::new(Check::Rows, format!("{table} {key}"), what, cure).mended_by(repair)
}
