//! The table of dead letters: one statement a question, read after what was written.

use clickhouse::query::Query;
use nova_core::error::Result;
use nova_core::model::Timestamp;

use super::row::{Held, LetterRow, Placed, Waiting};
use crate::log::Place;
use crate::store::clickhouse::{ClickHouse, within};

/// Places of one statement: their text stays below what ClickHouse takes (256 KiB).
pub(super) const PLACES_MAX: usize = 4_000;

/// The table, through a connection of the store's.
#[derive(Debug, Clone)]
pub(super) struct Table(pub(super) ClickHouse);

impl Table {
    /// Which of these places have letters, and of which epoch; at most [`PLACES_MAX`].
    pub(super) async fn held(&self, op: &'static str, places: &[Place]) -> Result<Vec<Held>> {
        self.0.rows(op, self.question(&at(include_str!("held.sql"), places))).await
    }

    /// The letters of these places, newest first; at most [`PLACES_MAX`].
    pub(super) async fn show(&self, op: &'static str, places: &[Place]) -> Result<Vec<LetterRow>> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        self.0.rows(op, self.question(&at(include_str!("show.sql"), places))).await
    }

    /// Where the newest letters before this one stood.
    pub(super) async fn newest(
        &self,
        op: &'static str,
        (buried_at, place): (Timestamp, Place),
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let question = self
            .question(include_str!("newest.sql"))
            .param("at", buried_at.micros())
            .param("topic", place.topic.name())
            .param("partition", place.partition)
            .param("offset", place.offset)
            .param("limit", limit);
        self.0.rows(op, question).await
    }

    /// How many wait to be put back.
    pub(super) async fn waiting(&self, op: &'static str) -> Result<u64> {
        self.0.row(op, self.question(include_str!("waiting.sql"))).await
    }

    /// How many there are.
    pub(super) async fn count(&self, op: &'static str) -> Result<u64> {
        self.0.row(op, self.question("select count() from dead_letters final")).await
    }

    /// Some of those put aside before this time, the oldest.
    pub(super) async fn aged(&self, op: &'static str, before: Timestamp, limit: u64) -> Result<Vec<Waiting>> {
        let question = self.question(include_str!("aged.sql"));
        self.0.rows(op, question.param("before", before.micros()).param("limit", limit)).await
    }

    /// Those that go first where there are too many.
    pub(super) async fn crowded(&self, op: &'static str, limit: u64) -> Result<Vec<Waiting>> {
        self.0.rows(op, self.question(include_str!("crowded.sql")).param("limit", limit)).await
    }

    /// Writes rows; they are read by whoever asks from now on.
    pub(super) async fn insert(&self, op: &'static str, rows: &[LetterRow]) -> Result<()> {
        let write = async {
            let mut insert = self
                .0
                .client()
                .insert::<LetterRow>("dead_letters")
                .await?
                .with_setting("async_insert", "0")
                .with_setting("wait_end_of_query", "1")
                // equal rows are no mistake: a letter that is marked twice
                .with_setting("insert_deduplicate", "0");
            for row in rows {
                insert.write(row).await?;
            }
            insert.end().await
        };
        within(op, self.0.insert_deadline(), write).await
    }

    /// Forgets what these places hold, in every version; at most [`PLACES_MAX`].
    pub(super) async fn forget(&self, op: &'static str, places: &[Place]) -> Result<()> {
        let statement = self.0.statement(&at(include_str!("forget.sql"), places));
        self.0.run_query(op, statement.with_setting("lightweight_deletes_sync", "2")).await
    }

    /// Sees every insert that was confirmed, also where there are copies of the table.
    fn question(&self, sql: &str) -> Query {
        self.0.query(sql).with_setting("select_sequential_consistency", "1")
    }
}

/// Puts places into a statement: names of a closed set and numbers, so nothing to escape.
fn at(sql: &str, places: &[Place]) -> String {
    let mut list = String::with_capacity(places.len() * 40);
    for Place { topic, partition, offset } in places {
        let gap = if list.is_empty() { "" } else { "," };
        list += &format!("{gap}('{}',{partition},{offset})", topic.name());
    }
    sql.replace("/* places */", &list)
}
