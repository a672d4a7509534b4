//! What the consumer needs of the store. Events come in ranges under a token; rows carry versions and need neither.

use async_trait::async_trait;
use nova_core::error::Result;
use nova_core::model::{EventId, Table, Timestamp, UserId};

use crate::log::Topic;
use crate::store::Placed;

/// Offsets `first..=last` of one partition: what one insert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    /// The topic.
    pub topic: Topic,
    /// Raised when the topic was made anew: its offsets start again at 0 and mean other records.
    pub epoch: u32,
    /// The partition.
    pub partition: u16,
    /// The first offset.
    pub first: u64,
    /// The last offset.
    pub last: u64,
}

/// The events of a range that are kept, in the order of their offsets: decoded, valid, no duplicate among them. May be
/// none.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Which offsets it stands for.
    pub range: Range,
    /// The events.
    pub events: Vec<Placed>,
}

/// Where the store holds an event. Of two epochs of a topic the later one's records came later, whatever their offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Held {
    /// Of the topic.
    pub epoch: u32,
    /// The partition.
    pub partition: u16,
    /// The offset.
    pub offset: u64,
}

/// An event that the store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Who.
    pub user: UserId,
    /// Which.
    pub event: EventId,
    /// In which epoch of the topic it was kept: what was sent to a topic before it was made anew may be sent again.
    pub epoch: u32,
    /// Where it stood when it was kept.
    pub offset: u64,
    /// When the log received it.
    pub received_at: Timestamp,
}

impl Mark {
    /// Epoch and offset: in this order the log has them.
    #[must_use]
    pub const fn place(&self) -> (u32, u64) {
        (self.epoch, self.offset)
    }
}

/// One range and what became of its records: `records = kept + duplicates + buried + skipped`. A range is never without
/// records; an entry that says so is a gap that somebody accepted: its records were gone before they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which offsets.
    pub range: Range,
    /// Records of the range.
    pub records: u64,
    /// Events written.
    pub kept: u64,
    /// Events that had been written before.
    pub duplicates: u64,
    /// Records put aside.
    pub buried: u64,
    /// Tombstones and the like, which say nothing.
    pub skipped: u64,
    /// 64 bits of SipHash-1-3 (key 0) over the kept identities, in order: a replay must come to the same.
    pub hash: u64,
    /// When the range was closed.
    pub sealed_at: Timestamp,
    /// Tries until the insert was answered.
    pub attempts: u32,
}

/// The store as the consumer sees it. One insert is one block: it is written under its token once.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Writes the events of a block and all that is derived from them, under a token. The same token again changes
    /// nothing.
    ///
    /// # Errors
    /// One with `kind().retry()`: whether any of it was written is not known. Another: the store understood it and
    /// will never take it; none of it was written.
    async fn insert(&self, block: &Block, token: &str) -> Result<()>;

    /// How many blocks of events the store took since, by its ledger: whether a token of then is surely remembered.
    /// [`u64::MAX`] where a table was made or altered since, and may have forgotten everything.
    async fn blocks(&self, since: Timestamp) -> Result<u64>;

    /// Offsets of this range that the store holds, ascending, each as often as it stands: the judge before a range is
    /// repeated (a token may be forgotten) and after an insert that was not answered (a token may be remembered
    /// without its rows).
    async fn standing(&self, range: &Range) -> Result<Vec<u64>>;

    /// Writes what derived tables lack of the events of this range that stand: an insert may have been cut off between
    /// a table and those behind it. Only where a row replaces itself, so that again changes nothing; sums cannot be
    /// told apart by range and are left to the audit. Gives the number of rows that were missing.
    async fn complete(&self, range: &Range) -> Result<u64>;

    /// Writes rows, of any partitions of one table. Rows carry versions: again, or in another order, changes nothing.
    ///
    /// # Errors
    /// As [`Sink::insert`].
    async fn put(&self, table: Table, changes: &[Placed]) -> Result<()>;

    /// Events of a partition received since `since`, of every epoch, by epoch and offset, those after `after`, at most
    /// `limit`: how a consumer remembers what the one before it kept. A topic that was made anew with another number
    /// of partitions has its users elsewhere: copies of what was sent before are found there only where the store is
    /// asked by identity.
    async fn marks(
        &self,
        partition: u16,
        since: Timestamp,
        after: Option<(u32, u64)>,
        limit: usize,
    ) -> Result<Vec<Mark>>;

    /// For each identity where the store holds it, if it does, however long ago; of several places the first.
    async fn kept(&self, identities: &[(UserId, EventId)]) -> Result<Vec<Option<Held>>>;

    /// The greatest offset of a partition of this epoch that the ledger or the tables know: where to go on when the
    /// group has forgotten its place. Of a topic of rows the ledger has accepted gaps alone.
    async fn reached(&self, topic: Topic, epoch: u32, partition: u16) -> Result<Option<u64>>;

    /// Writes entries of the ledger; one that is there is replaced by itself.
    async fn record(&self, entries: &[Entry]) -> Result<()>;
}
