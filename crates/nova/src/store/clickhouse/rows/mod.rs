//! The rows of each table, as they are written. The names of the fields are the names of the columns.
//!
//! Times are microseconds since 1970, ids their 128 bits.

mod changes;
mod events;

use clickhouse::Row;
use clickhouse::native::builder::BlockBuilder;
use serde::{Deserialize, Serialize};

pub(super) use changes::{
    Block, Comment, Follow, Hidden, Like, Mute, NewestPost, Origin, PlacedPost, Post, RecentPost, User,
};
pub(super) use events::Event;

/// A table and the rows that are written to it.
pub(super) trait Table: Row {
    /// The name of the table.
    const TABLE: &'static str;
}

/// A table and the rows that are written to it in great number: by column.
pub(super) trait Columns: Sized {
    /// The name of the table.
    const TABLE: &'static str;

    /// Adds rows behind those that are there.
    fn add(rows: &[Self], to: &mut BlockBuilder) -> clickhouse::error::Result<()>;
}

/// One interaction whose author is not known yet.
#[derive(Debug, Clone, Row, Serialize, Deserialize)]
pub(super) struct Awaited {
    pub(super) post_id: u128,
    pub(super) user_id: u128,
    pub(super) kind: i8,
    pub(super) id: u128,
    /// Days since 1970.
    pub(super) day: i32,
    pub(super) at: i64,
    pub(super) counts: u8,
    pub(super) version: u128,
    pub(super) moved: u8,
}

impl Table for Awaited {
    const TABLE: &'static str = "authors_awaited";
}

/// One interaction of a viewer with an author.
#[derive(Debug, Clone, Row, Serialize)]
pub(super) struct Interaction {
    pub(super) user_id: u128,
    pub(super) kind: i8,
    pub(super) id: u128,
    pub(super) author_id: u128,
    pub(super) day: i32,
    pub(super) at: i64,
    pub(super) counts: u8,
    pub(super) version: u128,
}

impl Table for Interaction {
    const TABLE: &'static str = "user_author_90d";
}

/// How far an import came in one partition.
#[derive(Debug, Clone, Row, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) topic: String,
    pub(super) k_partition: u16,
    pub(super) next: u64,
}

impl Table for Position {
    const TABLE: &'static str = "positions";
}

/// One range of the ledger.
#[derive(Debug, Clone, Row, Serialize)]
pub(super) struct Batch {
    pub(super) topic: &'static str,
    pub(super) k_epoch: u32,
    pub(super) k_partition: u16,
    pub(super) first_offset: u64,
    pub(super) last_offset: u64,
    pub(super) records: u64,
    pub(super) kept: u64,
    pub(super) duplicates: u64,
    pub(super) buried: u64,
    pub(super) skipped: u64,
    pub(super) hash: u64,
    pub(super) sealed_at: i64,
    pub(super) attempts: u32,
}

impl Table for Batch {
    const TABLE: &'static str = "ingest_batches";
}
