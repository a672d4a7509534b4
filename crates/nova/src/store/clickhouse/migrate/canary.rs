//! Two small tables and a view, to see on the very server that is used what counting once rests on.
//!
//! What a server does with a repeated insert depends on its version, its profile and its tables; behind views it is
//! off unless asked for before 26.2. Nothing but a try tells.

use clickhouse::Row;
use nova_core::error::{Error, Kind, Result};
use serde::Deserialize;

use crate::store::clickhouse::ClickHouse;
use crate::store::clickhouse::insert::pinned;

const OP: &str = "store.canary";

/// What is in both tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Row, Deserialize)]
struct Counted {
    rows: u64,
    sum: i64,
}

pub(super) struct Canary<'a> {
    store: &'a ClickHouse,
    /// Its tables' name; no other canary has it.
    name: String,
    window: u64,
}

impl<'a> Canary<'a> {
    /// `window`: how many inserts the tables remember.
    pub(super) fn new(store: &'a ClickHouse, window: u64) -> Self {
        Self { store, name: format!("canary_{:016x}", rand::random::<u64>()), window }
    }

    /// Makes the tables, tries, and drops them again, whatever came of it.
    pub(super) async fn fly(&self) -> Result<()> {
        let tried = match self.make().await {
            Ok(()) => self.attempt().await,
            Err(error) => Err(error),
        };
        for what in ["VIEW IF EXISTS", "TABLE IF EXISTS"] {
            let names: &[&str] = if what.starts_with("VIEW") { &["_view"] } else { &["_sums", ""] };
            for suffix in names {
                let dropped = self.store.run(OP, &format!("DROP {what} {}{suffix}", self.name)).await;
                if let Err(error) = dropped {
                    tracing::warn!(%error, table = %format!("{}{suffix}", self.name), "the canary left a table behind");
                }
            }
        }
        tried
    }

    async fn make(&self) -> Result<()> {
        let Self { name, window, .. } = self;
        let settings = format!("non_replicated_deduplication_window = {window}");
        for sql in [
            format!("CREATE TABLE {name} (k UInt64) ENGINE = MergeTree ORDER BY k SETTINGS {settings}"),
            format!(
                "CREATE TABLE {name}_sums (k UInt64, n Int64) ENGINE = SummingMergeTree ORDER BY k SETTINGS {settings}"
            ),
            self.view("1"),
        ] {
            self.store.run(OP, &sql).await?;
        }
        Ok(())
    }

    fn view(&self, n: &str) -> String {
        let name = &self.name;
        format!(
            "CREATE MATERIALIZED VIEW {name}_view TO {name}_sums AS SELECT k, sum({n}) AS n FROM {name} GROUP BY k"
        )
    }

    async fn attempt(&self) -> Result<()> {
        self.insert("a").await?;
        self.insert("a").await?;
        self.expect(Counted { rows: 10, sum: 10 }, "an insert that was repeated counted twice").await?;
        // a view that fails leaves the source written; the same token completes it
        let name = &self.name;
        self.store.run(OP, &format!("DROP VIEW {name}_view")).await?;
        self.store.run(OP, &self.view("throwIf(k >= 0) + 1")).await?;
        if self.insert("b").await.is_ok() {
            return Err(refused("an insert was confirmed although a view had failed"));
        }
        self.store.run(OP, &format!("DROP VIEW {name}_view")).await?;
        self.store.run(OP, &self.view("1")).await?;
        self.insert("b").await?;
        self.expect(Counted { rows: 20, sum: 20 }, "an insert whose view had failed was not completed").await
    }

    async fn insert(&self, token: &str) -> Result<()> {
        // rows that are sent, as the consumer's are: for a select other rules hold, and others by version
        let sql =
            format!("INSERT INTO {} VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)", self.name);
        let deadline = self.store.insert_deadline();
        let query = pinned(deadline, Some(token))
            .fold(self.store.statement(&sql), |query, (name, value)| query.with_setting(name, value));
        self.store.run_query(OP, query).await
    }

    async fn expect(&self, counted: Counted, otherwise: &'static str) -> Result<()> {
        let name = &self.name;
        let sql = format!(
            "SELECT rows, sum FROM (SELECT count() AS rows FROM {name}) AS a,
             (SELECT sum(n) AS sum FROM {name}_sums) AS b"
        );
        let found: Counted = self.store.row(OP, self.store.query(&sql)).await?;
        if found == counted { Ok(()) } else { Err(refused(otherwise)) }
    }
}

fn refused(what: &str) -> Error {
    let detail = format!(
        "ClickHouse would not count each event once: {what} (an insert token, through a view). Nothing is written to \
         it; check insert_deduplicate, deduplicate_blocks_in_dependent_materialized_views and \
         non_replicated_deduplication_window in the account's profile"
    );
    Error::new(Kind::Conflict, OP, detail)
}
