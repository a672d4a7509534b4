//! What became of each range.

use nova_core::error::Result;
use nova_core::model::Timestamp;

use crate::log::Topic;
use crate::project::exactly_once::Entry;
use crate::store::clickhouse::{ClickHouseStore, rows};

const REACHED: &str = include_str!("../sql/reached.sql");
const BLOCKS: &str = include_str!("../sql/blocks.sql");

impl ClickHouseStore {
    /// Of a topic of rows the ledger alone knows: what is read again changes nothing.
    pub(super) async fn greatest_offset(
        &self,
        topic: Topic,
        epoch: u32,
        partition: u16,
    ) -> Result<Option<u64>> {
        let query = self.db.query(REACHED).param("topic", topic.name());
        let query = query.param("epoch", epoch).param("partition", partition);
        let next: u64 = self.db.row("store.reached", query).await?;
        Ok(next.checked_sub(1))
    }

    pub(super) async fn blocks_since(&self, since: Timestamp) -> Result<u64> {
        self.db.row("store.blocks", self.db.query(BLOCKS).param("since", since.micros())).await
    }

    pub(super) async fn note_ranges(&self, entries: &[Entry]) -> Result<()> {
        let rows: Vec<rows::Batch> = entries.iter().map(row).collect();
        self.db.insert::<rows::Batch>("store.record", &rows, None).await
    }
}

fn row(entry: &Entry) -> rows::Batch {
    let Entry { range, .. } = entry;
    rows::Batch {
        topic: range.topic.name(),
        k_epoch: range.epoch,
        k_partition: range.partition,
        first_offset: range.first,
        last_offset: range.last,
        records: entry.records,
        kept: entry.kept,
        duplicates: entry.duplicates,
        buried: entry.buried,
        skipped: entry.skipped,
        hash: entry.hash,
        sealed_at: entry.sealed_at.micros(),
        attempts: entry.attempts,
    }
}
