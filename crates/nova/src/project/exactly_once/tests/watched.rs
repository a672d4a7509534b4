//! A real ClickHouse whose inserts are watched, and may stay without an answer.

use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use nova_core::error::{Error, Kind, Result};
use nova_core::model::Table;

use super::*;
use crate::project::exactly_once::{Block, Entry, Held, Mark};
use crate::store::Placed;
use crate::store::clickhouse::ClickHouseStore;

/// How inserts ended, of blocks and of the ledger.
#[derive(Debug, Default)]
pub(super) struct Inserts {
    pub(super) done: AtomicUsize,
    pub(super) failed: AtomicUsize,
    /// Events that stood although nobody had been told.
    pub(super) stood: AtomicUsize,
    /// Done, and told to nobody.
    pub(super) mute: AtomicBool,
    /// The blocks that were done, with their tokens.
    pub(super) blocks: Mutex<Vec<(Block, String)>>,
}

/// The store, with its inserts watched.
pub(super) struct Watched {
    store: ClickHouseStore,
    inserts: Arc<Inserts>,
}

impl Watched {
    pub(super) fn new(store: ClickHouseStore, inserts: &Arc<Inserts>) -> Self {
        Self { store, inserts: Arc::clone(inserts) }
    }
}

impl Inserts {
    fn ended(&self, inserted: Result<()>) -> Result<()> {
        let ended = if inserted.is_ok() { &self.done } else { &self.failed };
        ended.fetch_add(1, Ordering::SeqCst);
        inserted
    }
}

#[async_trait]
impl Sink for Watched {
    async fn insert(&self, block: &Block, token: &str) -> Result<()> {
        let inserted = self.inserts.ended(self.store.insert(block, token).await);
        if inserted.is_ok() {
            self.inserts.blocks.lock().push((block.clone(), token.to_owned()));
        }
        if self.inserts.mute.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Timeout, "store.insert", "it was not answered"));
        }
        inserted
    }

    async fn blocks(&self, since: Timestamp) -> Result<u64> {
        self.store.blocks(since).await
    }

    async fn standing(&self, range: &Range) -> Result<Vec<u64>> {
        let standing = self.store.standing(range).await?;
        self.inserts.stood.fetch_add(standing.len(), Ordering::SeqCst);
        Ok(standing)
    }

    async fn complete(&self, range: &Range) -> Result<u64> {
        self.store.complete(range).await
    }

    async fn put(&self, table: Table, changes: &[Placed]) -> Result<()> {
        self.store.put(table, changes).await
    }

    async fn marks(
        &self,
        of: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Result<Vec<Mark>> {
        self.store.marks(of, since, after, limit).await
    }

    async fn kept(&self, identities: &[(UserId, EventId)]) -> Result<Vec<Option<Held>>> {
        self.store.kept(identities).await
    }

    async fn reached(&self, topic: Topic, epoch: u32, partition: u16) -> Result<Option<u64>> {
        self.store.reached(topic, epoch, partition).await
    }

    async fn record(&self, entries: &[Entry]) -> Result<()> {
        self.inserts.ended(self.store.record(entries).await)
    }
}
