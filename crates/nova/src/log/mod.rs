//! The ordered, replayable record of everything that entered.
//!
//! ```text
//!   topic "events", partition 0
//!            start                                      end
//!              |                                         |
//!   dropped    v                                         v
//!   . . . . . [812][813][814][815][816][817][818][819]  (820 is written next)
//!                          ^              ^
//!                          |              next record of a reader
//!                          committed by the group "index": a durable snapshot holds everything before it
//! ```
//!
//! Offsets rise within a partition and are never given twice. Delivery is at least once: a reader that starts at a
//! position it held before sees the same records again, with the same offsets, times and bytes. What must count
//! once is decided from that (see `project`), never from a mark kept elsewhere.

mod dead;
#[cfg(feature = "distributed")]
pub(crate) mod kafka;
mod order;
mod position;
pub(crate) mod sqlite;
#[cfg(test)]
mod contract;

pub use dead::{DeadLetter, DeadLetters, Expired, Headers, Reason};
#[cfg(feature = "distributed")]
pub use kafka::{Described, KafkaDeadLetters, KafkaLog, KafkaLogConfig, LateLog, Made, described};
pub use position::{Place, Positions};
pub use sqlite::{SqliteLog, SqliteLogConfig};

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use nova_core::error::Result;
use nova_core::model::{Table, Timestamp};

/// A stream of records of one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// `cdc.<table>`: Debezium change records, keyed by the row's primary key.
    Change(Table),
    /// `events`: behaviour events, keyed by user.
    Events,
}

impl Topic {
    /// Every topic that is projected.
    pub const ALL: [Self; 9] = [
        Self::Change(Table::Users),
        Self::Change(Table::Posts),
        Self::Change(Table::Comments),
        Self::Change(Table::Likes),
        Self::Change(Table::Follows),
        Self::Change(Table::Blocks),
        Self::Change(Table::Mutes),
        Self::Change(Table::HiddenPosts),
        Self::Events,
    ];

    /// The topic's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Change(Table::Users) => "cdc.users",
            Self::Change(Table::Posts) => "cdc.posts",
            Self::Change(Table::Comments) => "cdc.comments",
            Self::Change(Table::Likes) => "cdc.likes",
            Self::Change(Table::Follows) => "cdc.follows",
            Self::Change(Table::Blocks) => "cdc.blocks",
            Self::Change(Table::Mutes) => "cdc.mutes",
            Self::Change(Table::HiddenPosts) => "cdc.hidden_posts",
            Self::Events => "events",
        }
    }

    /// The topic of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// What is written: a key, which decides the partition, and bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Records of one key keep their order.
    pub key: Bytes,
    /// JSON; `None` is a tombstone.
    pub value: Option<Bytes>,
}

/// What is read: the record and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Topic, partition, offset.
    pub place: Place,
    /// When the log received it, by the log's clock; never decreases within a partition.
    pub received_at: Timestamp,
    /// As it was written, to the byte.
    pub record: Record,
}

/// How much a reader takes at once.
#[derive(Debug, Clone, Copy)]
pub struct BatchLimit {
    /// At most so many records; at least 1. A reader may give up to one frame more than this.
    pub records_max: usize,
    /// How long to wait for the first one.
    pub wait_max: Duration,
}

/// What a reader gives: entries in the order of the log, per partition without a gap.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The entries; empty when none came in time.
    pub entries: Vec<Entry>,
    /// Where the reader stands after them.
    pub upto: Positions,
}

/// The log.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Writes records of one topic in the order given for each key, and returns once all of them are durable: the
    /// positions right after them, for whoever must wait until they are applied.
    ///
    /// # Errors
    /// `Unavailable` when the log takes nothing now (its disk is full, its queue is at its bound): nothing of this
    /// call was written, or it may have been written and the caller cannot know; repeating it is safe for records
    /// that carry an identity. `Rejected` for a record larger than the log takes: nothing of this call was written.
    async fn append(&self, topic: Topic, records: Vec<Record>) -> Result<Positions>;

    /// Reads these topics from `from` on; a partition without a position there is read from its start.
    ///
    /// # Errors
    /// `Corrupt` when a position lies before the log's start (records in between were dropped) or after its end
    /// (this is not the log the position was taken from).
    async fn read(&self, topics: &[Topic], from: &Positions) -> Result<Box<dyn LogReader>>;

    /// The end of every partition that holds anything: where the next record goes.
    async fn ends(&self) -> Result<Positions>;

    /// The start of every partition that held anything: the oldest record still there.
    async fn starts(&self) -> Result<Positions>;

    /// Everything before these positions is held durably by `group`; never moves back.
    async fn commit(&self, group: &str, positions: &Positions) -> Result<()>;

    /// What `group` committed last.
    async fn committed(&self, group: &str) -> Result<Option<Positions>>;

    /// Drops what is older than the retention and held by every group, at most a bounded amount a call; gives the
    /// number of records dropped. A log that expires by itself does nothing here.
    async fn trim(&self, now: Timestamp) -> Result<u64>;

    /// Answers if the log takes and gives records.
    async fn check(&self) -> Result<()>;
}

/// A reader of some topics, all partitions, for one task.
#[async_trait]
pub trait LogReader: Send {
    /// The next entries, waiting for the first at most `limit.wait_max`. Cancel-safe: a call that is dropped has
    /// consumed nothing.
    async fn next(&mut self, limit: BatchLimit) -> Result<Batch>;
}
