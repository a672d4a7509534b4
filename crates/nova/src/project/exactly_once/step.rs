//! What a lane is told, and what it asks for.

use std::sync::Arc;

use nova_core::model::{EventId, Timestamp, UserId};

use super::flight::Refused;
use super::intent::{Intent, Pending};
use super::records::Chunk;
use super::{Block, Entry, Held, Mark, Range, Token, Why};
use crate::log::DeadLetter;

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// Records follow those before; what was given before is passed over.
    Records(Chunk),
    /// Time has passed.
    Look,
    /// What became of the operation under way.
    Done(Outcome),
    /// The partition will be taken away: what is begun may be ended, nothing more is begun.
    Revoked,
    /// It was taken away.
    Lost,
}

/// What became of an operation.
#[derive(Debug)]
pub enum Outcome {
    /// A page of marks.
    Marks(Vec<Mark>),
    /// Where the store holds what it was asked about.
    Told(Vec<Option<Held>>),
    /// The letters are durable.
    Buried,
    /// The offset is committed.
    Committed,
    /// The store has taken the block.
    Inserted,
    /// So many blocks were taken.
    Blocks(u64),
    /// These offsets of the range stand, ascending, each as often as it does.
    Found(Vec<u64>),
    /// Derived tables lacked so many rows of the range, and have them now.
    Completed(u64),
    /// The ledger is written.
    Recorded,
    /// It failed, or nobody knows; it may be repeated.
    Failed,
    /// The store will never take the block.
    Refused(String),
    /// The partition is not this member's any more.
    Fenced,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Operation {
    /// [`super::Sink::marks`].
    Marks {
        /// Received since.
        since: Timestamp,
        /// Behind this offset of this epoch.
        after: Option<(u32, u64)>,
        /// At most so many.
        limit: usize,
    },
    /// [`super::Sink::kept`].
    Ask(Arc<[(UserId, EventId)]>),
    /// [`crate::log::DeadLetters::bury`].
    Bury(Arc<Vec<DeadLetter>>),
    /// Commits this offset of the group with this metadata.
    Commit {
        /// The next record.
        offset: u64,
        /// Its metadata.
        intent: Intent,
    },
    /// [`super::Sink::insert`].
    Insert {
        /// What.
        block: Arc<Block>,
        /// Under which name.
        token: Token,
    },
    /// [`super::Sink::blocks`].
    Blocks {
        /// Since then.
        since: Timestamp,
    },
    /// [`super::Sink::standing`].
    Find(Range),
    /// [`super::Sink::complete`].
    Complete(Range),
    /// [`crate::log::DeadLetters::bury`], of records as they stand in the log.
    Refuse(Arc<Vec<Refused>>),
    /// [`super::Sink::record`].
    Record(Entry),
}

/// What somebody should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The partition stands still.
    Halted(Why),
    /// A range is written and in the ledger.
    Written(Entry),
    /// A range was decided otherwise than the first time: the decoder or the deduplication is at fault.
    Differs {
        /// As intended first.
        first: Pending,
        /// Records now.
        records: u64,
        /// Of the kept identities now.
        hash: u64,
    },
    /// The store remembered this token without its rows: the range is written again under the next one.
    Vanished(Token),
    /// An insert of this range had been cut off: so many rows of derived tables were written now. Sums may lack the
    /// range still.
    Completed {
        /// Which.
        range: Range,
        /// How many.
        rows: u64,
    },
    /// The log has no records with these offsets.
    Hole {
        /// The first one that is not there.
        from: u64,
        /// The next one that is.
        to: u64,
    },
}

/// What a step asks for.
#[derive(Debug, Default)]
pub struct Step {
    /// What is to be done, and how often it failed before; the one that is under way otherwise goes on.
    pub operation: Option<(Operation, u32)>,
    /// What somebody should know.
    pub notices: Vec<Notice>,
}
