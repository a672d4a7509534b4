//! The write side: what the consumer of the log, and imports, hand over.

mod authors;
mod comments;
mod complete;
mod events;
mod ledger;
mod posts;
mod rows;
mod standing;
mod sweep;

pub(super) use authors::Authors;

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{EventId, Table, Timestamp, UserId};

use super::ClickHouseStore;
use crate::log::Topic;
use crate::project::exactly_once::{Block, Entry, Held, Mark, Range, Sink};
use crate::store::Placed;

/// Ids in one parameter of a question: ClickHouse takes 128 KiB in a field, and an id has up to 39 digits.
pub(super) const IDS_MAX: usize = 3_000;
/// Identities in one, of two ids each.
const IDENTITIES_MAX: usize = 1_500;

#[async_trait]
impl Sink for ClickHouseStore {
    async fn insert(&self, block: &Block, token: &str) -> Result<()> {
        self.insert_events(block, token).await
    }

    async fn blocks(&self, since: Timestamp) -> Result<u64> {
        self.blocks_since(since).await
    }

    async fn standing(&self, range: &Range) -> Result<Vec<u64>> {
        self.standing_events(range).await
    }

    async fn complete(&self, range: &Range) -> Result<u64> {
        self.complete_range(range).await
    }

    async fn put(&self, table: Table, changes: &[Placed]) -> Result<()> {
        self.put_rows(table, changes).await
    }

    async fn marks(
        &self,
        partition: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Result<Vec<Mark>> {
        self.page_of_marks(partition, since, after, limit).await
    }

    async fn kept(&self, identities: &[(UserId, EventId)]) -> Result<Vec<Option<Held>>> {
        self.find_identities(identities).await
    }

    async fn reached(&self, topic: Topic, epoch: u32, partition: u16) -> Result<Option<u64>> {
        self.greatest_offset(topic, epoch, partition).await
    }

    async fn record(&self, entries: &[Entry]) -> Result<()> {
        self.note_ranges(entries).await
    }
}
