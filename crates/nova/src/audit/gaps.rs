//! What is known to be lost: records that were gone before they were read, and that somebody accepted.

use clickhouse::Row;
use nova_core::error::Result;
use nova_core::model::Timestamp;
use serde::Deserialize;

use super::report::{Gap, HELD_MAX};
use crate::store::clickhouse::ClickHouse;

#[derive(Debug, Row, Deserialize)]
struct Entry {
    topic: String,
    k_epoch: u32,
    k_partition: u16,
    first_offset: u64,
    last_offset: u64,
    sealed_at: i64,
}

/// Every gap that the ledger still has, the first 10,000.
pub(super) async fn accepted(store: &ClickHouse) -> Result<Vec<Gap>> {
    let query = store.query(include_str!("sql/gaps.sql")).param("limit", HELD_MAX);
    let entries: Vec<Entry> = store.rows("audit.gaps", query).await?;
    let gap = |entry: Entry| Gap {
        place: format!("{}:{} epoch {}", entry.topic, entry.k_partition, entry.k_epoch),
        first: entry.first_offset,
        last: entry.last_offset,
        accepted_at: Timestamp::from_micros(entry.sealed_at),
    };
    Ok(entries.into_iter().map(gap).collect())
}
